"""What comes before the rows of the matrix: images on the node, and pods asked for."""

from __future__ import annotations

from ..._workloads import container_images as images
from ..check import Verdict, check
from ..cluster.forming import import_archive
from ..context import Context
from ..krustlet import node
from ..krustlet.registry import bring_registry
from ..phases import KRUSTLET, MATRIX
from ..subjects import handlers, krustlet
from .objects import HOOKS, LABEL, manifest, objects


@check("matrix.import", MATRIX.at(10), step=True)
def import_images(context: Context) -> Verdict:
    """The workloads of the matrix are in the node's image store."""
    archive = images.make_archive(context.root, images.MATRIX, images.ARTIFACTS)
    return import_archive(context, archive, [*images.MATRIX, *images.ARTIFACTS])


@check("matrix.{}.start", MATRIX.at(20, 0, of=handlers), KRUSTLET.at(10, 0, of=krustlet))
def start(context: Context, column: str) -> Verdict:
    """A pod of each kind is asked for, on a node that has none of the matrix."""
    clear(context, "pods,services,deployments,configmaps")
    context.sure(f"rm -rf {HOOKS}/{column}")
    if column == node.NAME:
        bring_registry(context)
    wanted, pasted = objects(column), manifest(context.root, column)
    context.cluster.insist("delete --ignore-not-found --wait --now --filename=-", stdin=pasted)
    context.cluster.apply(wanted)
    context.cluster.apply_text(pasted)
    return Verdict(True, "pods asked for", f"{len(wanted)} objects")


def clear(context: Context, kinds: str) -> None:
    """Nothing of the matrix is left: an emulated node has enough to do with what comes next."""
    context.cluster.insist(f"delete {kinds} -l {LABEL} --now --wait --timeout=200s")
