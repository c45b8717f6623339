"""The child process: `python -m labelbridge.bootstrap.server IDLE_S EXCHANGE_FOLDER`."""

from labelbridge.bootstrap.server.entry import main

if __name__ == "__main__":  # helpers that the child starts import this file under another name
    main()
