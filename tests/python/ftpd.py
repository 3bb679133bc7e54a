"""An FTP server for the tests, as hosts have it: ftpd.py FOLDER USER.

FOLDER is what the admin sees; USER, a user of this machine, owns what is copied there. One logs in as admin / secret.
SITE CHMOD works. Prints its port once it listens, and ends with its standard input.
"""

import _strptime  # noqa: F401 (else loaded later, when this process may no longer read it)
import os
import pwd
import sys
import threading

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.log import config_logging
from pyftpdlib.servers import FTPServer

FOLDER, USER = sys.argv[1:3]


class Handler(FTPHandler):
    authorizer = DummyAuthorizer()
    # One that hangs up in the middle of a file has copied what it has.
    use_sendfile = False


config_logging(level=40)
Handler.authorizer.add_user("admin", "secret", FOLDER, perm="elradfmwMT")
server = FTPServer(("127.0.0.1", 0), Handler)
found = pwd.getpwnam(USER)
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(found.pw_gid)
    os.setuid(found.pw_uid)
os.umask(0o022)
print(server.address[1], flush=True)


def end_with_input():
    sys.stdin.read()
    os._exit(0)


threading.Thread(target=end_with_input, daemon=True).start()
server.serve_forever()
