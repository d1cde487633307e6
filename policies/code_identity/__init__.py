"""Which code makes a number? What KEYs and names in the cache have of it, by one mechanism."""

from augbench.policies.code_identity.digest import (
    code_digest,
    package_digest,
    package_identity,
)

__all__ = ["code_digest", "package_digest", "package_identity"]
