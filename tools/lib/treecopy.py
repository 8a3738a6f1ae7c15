"""A copy of the tree with what was built, timestamps and all, so that a change to it builds only what it touches; or
without, so that all of it is built."""
import shutil
import subprocess


def copy_tree(root, copy, without=("mutate", "howto", "bugs", "reproducible", "compilers")):
    """`copy`, made anew. `without`: what of build/ stays behind."""
    copy_sources(root, copy)
    return copy_entries(root / "build", copy / "build", (*without, "toolchain")).parent


def copy_sources(root, copy):
    shutil.rmtree(copy, ignore_errors=True)
    (copy / "build").mkdir(parents=True)
    return copy_entries(root, copy, (".git", "build"))


def copy_entries(source, to, without):
    paths = [str(path) for path in source.iterdir() if path.name not in without and not path.is_symlink()]
    subprocess.run(["cp", "-a", *paths, str(to)], check=True)
    return to
