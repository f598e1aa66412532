"""OCSP (RFC 6960), CRLs (RFC 5280) and timestamps (RFC 3161) of the test PKI over HTTP; and hands that sign."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from asn1crypto import ocsp, pem, tsp
from certomancer.registry import ServiceLabel
from fastapi import FastAPI, HTTPException, Query, Request, Response

from dev.pki.architecture import ARCHITECTURE, TestPki
from dev.pki.signing import Signing, sign
from signatures.verdict import Profile


def create_app(pki: TestPki) -> FastAPI:
    """The application; a PKI's addresses are these routes."""
    app = FastAPI(title="Trust services simulator")
    services = pki.architecture.service_registry

    @app.post(f"/{ARCHITECTURE}/ocsp/{{label}}")
    async def responder(label: str, request: Request) -> Response:
        asked = ocsp.OCSPRequest.load(await request.body())
        answer = services.summon_responder(ServiceLabel(label), datetime.now(UTC)).build_ocsp_response(asked)
        return Response(answer.dump(), media_type="application/ocsp-response")

    @app.post(f"/{ARCHITECTURE}/tsa/{{label}}")
    async def timestamp(label: str, request: Request) -> Response:
        asked = tsp.TimeStampReq.load(await request.body())
        answer = services.summon_timestamper(ServiceLabel(label), datetime.now(UTC)).request_tsa_response(asked)
        return Response(answer.dump(), media_type="application/timestamp-reply")

    @app.get(f"/{ARCHITECTURE}/crls/{{label}}/latest.crl")
    async def crl(label: str) -> Response:
        found = services.get_crl(ServiceLabel(label), datetime.now(UTC))
        return Response(found.dump(), media_type="application/pkix-crl")

    @app.get("/sim/certificates/{label}")
    async def certificate(label: str) -> Response:
        """Somebody's certificate, as PEM."""
        armored = pem.armor("CERTIFICATE", pki.certificate(label).dump())
        return Response(armored, media_type="application/x-pem-file")

    @app.post("/sim/sign")
    async def signed(
        request: Request,
        who: Annotated[str, Query(description="Label of the certificate's holder.")],
        profile: Annotated[Profile, Query(description="Format.")] = Profile.B_B,
        field: Annotated[str, Query(description="Name of the signature field.")] = "Signature1",
        ago_s: Annotated[float, Query(ge=0, description="Seconds before now at which it is signed.")] = 0,
    ) -> Response:
        """Sign the PDF in the body, as somebody's own software would."""
        at = datetime.now(UTC) - timedelta(seconds=ago_s) if ago_s else None
        try:
            pdf = await sign(await request.body(), pki, Signing(who=who, profile=profile, field=field, at=at))
        except (ValueError, KeyError) as error:
            raise HTTPException(400, f"{type(error).__name__}: {error}") from error
        return Response(pdf, media_type="application/pdf")

    return app
