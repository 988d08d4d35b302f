"""Raw data sets, one layout a file; each becomes a list of images and clips with what is known about them."""

from mtfas.data.sources.casia_mfsd import read_casia_mfsd
from mtfas.data.sources.celeba_spoof import read_celeba_spoof
from mtfas.data.sources.csv import read_csv
from mtfas.data.sources.folder import read_folder
from mtfas.data.sources.msu_mfsd import read_msu_mfsd
from mtfas.data.sources.oulu_npu import read_oulu_npu
from mtfas.data.sources.raw import RawItem, RawSet, Source, Tally
from mtfas.data.sources.replay_attack import read_replay_attack
from mtfas.data.sources.replay_mobile import read_replay_mobile
from mtfas.data.sources.rose_youtu import read_rose_youtu
from mtfas.data.sources.siw import read_siw
from mtfas.data.sources.siw_m import read_siw_m

SOURCES: dict[str, Source] = {
    "folder": read_folder,
    "csv": read_csv,
    "oulu-npu": read_oulu_npu,
    "siw-m": read_siw_m,
    "casia-mfsd": read_casia_mfsd,
    "replay-attack": read_replay_attack,
    "msu-mfsd": read_msu_mfsd,
    "siw": read_siw,
    "celeba-spoof": read_celeba_spoof,
    "rose-youtu": read_rose_youtu,
    "replay-mobile": read_replay_mobile,
}

__all__ = ["SOURCES", "RawItem", "RawSet", "Source", "Tally"]
