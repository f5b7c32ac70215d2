"""`python -m yuqing` is the command line."""

from yuqing.cli.main import main

if __name__ == "__main__":
    main()
