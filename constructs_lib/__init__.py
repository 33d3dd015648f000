"""The gateway's AWS resources, one construct per file.

Importing this package prepares the bindings, so it has to come before any import of cdktf.
"""

from constructs_lib.bindings.loading import prepare

prepare()
