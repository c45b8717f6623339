"""`python -m labelbridge`: the command line."""

from labelbridge.cli.main import main

if __name__ == "__main__":
    main()
