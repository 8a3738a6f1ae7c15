"""A copy of the tree with what was built, timestamps and all, so that a change to it builds only what it touches."""
import shutil
import subprocess


def copy_tree(root, copy, without=("mutate", "howto", "bugs")):
    """`copy`, made anew. `without`: what of build/ stays behind."""
    shutil.rmtree(copy, ignore_errors=True)
    (copy / "build").mkdir(parents=True)
    for source, to, left in (root, copy, (".git", "build")), (root / "build", copy / "build", without):
        paths = [str(path) for path in source.iterdir() if path.name not in left and not path.is_symlink()]
        subprocess.run(["cp", "-a", *paths, str(to)], check=True)
    return copy
