"""A working copy of a real checkout of Azure Linux, for scripts that build packages of it. Nothing of it stays."""
import os, subprocess, sys

# built from their specs as they are; whoever adds one looks whether demo/mirror/packages.map has what it builds with
PACKAGES = ["lz4", "zip", "keyutils", "libaio", "flex", "sed", "gzip", "unzip", "diffutils", "readline"]
# builds with lz4
DEPENDENT = "squashfs-tools"

# dates of what is committed in working copies: builds take their identity from the commit
DATE = {"GIT_AUTHOR_DATE": "2026-05-01T12:00:00+00:00", "GIT_COMMITTER_DATE": "2026-05-01T12:00:00+00:00"}


def arguments(parser):
    parser.add_argument("--tree", default=os.environ.get("AZL_TREE"),
                        help="checkout of azurelinux 3.0 with its history, only read (default: AZL_TREE)")
    parser.add_argument("--sources", default=os.environ.get("AZL_SOURCES"),
                        help="folder with the upstream archives, at any depth (default: AZL_SOURCES)")
    parser.add_argument("--get-sources", default=os.environ.get("AZL_GET_SOURCES"), metavar="TOOL",
                        help="program that fetches them: TOOL --out FOLDER SPEC… (default: AZL_GET_SOURCES)")


def git(*words, folder=None, owner=()):
    run = subprocess.run(
        [*owner, "git", "-c", "user.name=demo", "-c", "user.email=demo@localhost", *words], cwd=folder,
        env={**os.environ, **DATE}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if run.returncode:
        sys.exit(f"git {' '.join(words)} ended with {run.returncode}: {run.stderr.strip()}")
    return run.stdout.strip()


def clone(source, place, commit="HEAD"):
    """Shares the objects of `source`, with the same files left out where that one is sparse."""
    source = os.path.abspath(source)
    commit = git("rev-parse", "--verify", commit + "^{commit}", folder=source)
    git("clone", "-q", "--shared", "--no-checkout", source, place)
    sparse = subprocess.run(["git", "sparse-checkout", "list"], cwd=source, stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, text=True)
    if sparse.returncode == 0:
        git("sparse-checkout", "set", "--no-cone", *sparse.stdout.split(), folder=place)
    git("checkout", "-q", "--detach", commit, folder=place)
    return commit


def commit(place, message):
    """All that is in the work tree; objects that the source's clone has left out may be missing."""
    git("add", "-A", folder=place)
    made = git("commit-tree", "-p", "HEAD", "-m", message, git("write-tree", "--missing-ok", folder=place), folder=place)
    git("update-ref", "HEAD", made, folder=place)


def archives(options, place, specs):
    """A folder of all archives by name, as a source server has them."""
    if options.get_sources:
        fetched = os.path.join(place, "fetched")
        run = subprocess.run([options.get_sources, "--out", fetched, *specs], stdout=subprocess.DEVNULL)
        if run.returncode:
            sys.exit(f"{options.get_sources} ended with {run.returncode}")
    elif options.sources:
        fetched = os.path.abspath(options.sources)
    else:
        sys.exit("say where the upstream archives are: --sources FOLDER or --get-sources TOOL")
    server = os.path.join(place, "server")
    os.makedirs(server)
    for folder, _, names in os.walk(fetched):
        for name in names:
            target = os.path.join(server, name)
            if not os.path.exists(target):
                os.symlink(os.path.join(folder, name), target)
    return server
