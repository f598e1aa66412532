"""Client of the Belgian eBox, citizen and enterprise, in push-in shape: a Document Sender of the NSSO/BOSA registry.

Sources: e-Box Message Registry API v2.1 (field names), dev.eboxenterprise.be (idempotency, federation service,
service providers). What no public source says is marked "assumed" where it is written down.
"""

from mailboxes.ebox.client import EBOX_CAPABILITIES, EboxMailbox
from mailboxes.ebox.config import EboxConfig, TokenProvider

__all__ = ["EBOX_CAPABILITIES", "EboxConfig", "EboxMailbox", "TokenProvider"]
