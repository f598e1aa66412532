"""A test PKI: citizens' and organisations' certificates, revocation, timestamps. Certomancer serves it."""
