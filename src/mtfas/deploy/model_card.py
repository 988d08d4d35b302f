"""MODEL_CARD.md: what a bundle is, what it was measured on, and where it must not be trusted."""

from collections.abc import Iterator, Mapping
from typing import Any

Info = Mapping[str, Any]

OUT_OF_SCOPE = (
    "attack instruments other than those measured below: the error on an unseen kind may be 100 %",
    "injected video (virtual cameras, replaced streams): nothing was presented to a camera there",
    "saying who somebody is, or anything else about a person (age, sex, mood)",
    "infrared, depth or thermal cameras",
    "being the only safeguard of a decision that matters to a person: a human must be able to overrule it",
)


def model_card(info: Info) -> str:
    """Return the card of a bundle.

    Args:
        info: bundle.json; of its hashes those of the network and its probes.
    """
    parts = (_head, _use, _data, _threshold, _errors, _crop, _gates, _numbers, _limits, _files)
    return "\n\n".join("\n".join(part(info)) for part in parts) + "\n"


def _head(info: Info) -> Iterator[str]:
    training = info["training"]
    yield f"# {info['name']}"
    yield ""
    if info["data"]["rendered"]:
        yield (
            "> **NOT FOR REAL USE: made from rendered faces or simulated attacks.** Every figure below was "
            "measured on such pictures and says nothing about real cameras, faces or attacks."
        )
        yield ""
    yield (
        f"Face presentation-attack detector {training['detector']} under {training['supervision']} "
        f"supervision, exported {info['created']} by mtfas {info['mtfas']}."
    )


def _use(info: Info) -> Iterator[str]:
    yield "## Intended use"
    yield ""
    yield (
        "Telling a live face before an ordinary colour camera (bona fide) from a presented instrument "
        "(attack), with a third answer, no response, where a picture cannot be judged. Out of scope:"
    )
    yield ""
    yield from (f"- {what}" for what in OUT_OF_SCOPE)


def _data(info: Info) -> Iterator[str]:
    data, training = info["data"], info["training"]
    by = ", ".join(f"{name} ({count})" for name, count in data["boxes_by"].items())
    yield "## Data and protocol"
    yield ""
    yield f"- data set: {data['dataset']} ({data['source']})" + (
        " - **rendered or simulated, not real**" if data["rendered"] else ""
    )
    yield f"- protocol: {info['protocol']}; subjects of training, dev and test are apart"
    yield f"- training faces: {data['train']['bona_fide']} bona fide, {data['train']['attack']} attack"
    yield f"- who found the training faces: {by}"
    yield f"- manifest SHA-256: `{data['manifest_sha256']}`"
    yield f"- training: {training['iterations']} iterations, seed {training['seed']}, {training['hardware']}"


def _threshold(info: Info) -> Iterator[str]:
    threshold, interval = info["threshold"], info["threshold"]["interval"]
    yield "## Threshold"
    yield ""
    source = f"source: {threshold['source']}, {threshold['words']}"
    yield f"Attack when score > **{threshold['value']:.6f}** ({source})."
    if interval:
        yield (
            f"With other {interval['unit']}s of dev it would lie between {_plain(interval['low'])} and "
            f"{_plain(interval['high'])} ({interval['level']:.0%} bootstrap over {interval['units']})."
        )
    yield "A threshold holds for the cameras it was measured on; measure your own camera's."


def _errors(info: Info) -> Iterator[str]:
    yield "## Error rates at this threshold"
    yield ""
    yield (
        "ISO/IEC 30107-3: BPCER is the share of bona fide presentations taken for attacks, APCER the share "
        "of a species' attacks taken for bona fide. 95 % Clopper-Pearson intervals; n presentations. The "
        "threshold was not chosen on test."
    )
    yield ""
    yield "| rate | dev | n | test | n |"
    yield "|---|---|---|---|---|"
    dev, test = info["errors"]["dev"], info["errors"]["test"]
    yield _row("BPCER", dev["bpcer"], test["bpcer"])
    for name in sorted(dev["apcer"].keys() | test["apcer"].keys()):
        yield _row(f"APCER {name}", dev["apcer"].get(name), test["apcer"].get(name))
    for name, words in (("bona_fide", "bona fide"), ("attack", "attack")):
        yield _row(f"non-response, {words}", dev["non_response"][name], test["non_response"][name])
    worst = test["apcer_worst"]
    yield ""
    yield f"Worst species on test: {worst['species']}, APCER {_percent(worst['value'])}."


def _row(name: str, dev: Info | None, test: Info | None) -> str:
    return (
        f"| {name} | "
        + " | ".join(f"{_cell(rate)} | {rate['n'] if rate else 0}" for rate in (dev, test))
        + " |"
    )


def _cell(rate: Info | None) -> str:
    if rate is None or rate["value"] is None:
        return "not measured"
    low, high = rate["interval"]
    return f"{_percent(rate['value'])} ({_percent(low)} to {_percent(high)})"


def _crop(info: Info) -> Iterator[str]:
    crop = info["crop"]
    yield "## How a face is cut out"
    yield ""
    yield (
        f"Detector {info['face_detector']}; the square of {crop['scale']:g} times the box's longer side "
        f"around its centre, padded by {crop['padding']}, resampled to {crop['size']} × {crop['size']} RGB."
    )
    if set(info["data"]["boxes_by"]) != {info["face_detector"]}:
        yield (
            "The training faces were not all found by this detector (see above): its boxes may be framed "
            "otherwise, and errors in use may be higher than measured."
        )


def _gates(info: Info) -> Iterator[str]:
    gates = info["gates"]
    yield "## When there is no response"
    yield ""
    yield f"- no face, or another face whose side is {gates['second_face']:.0%} of the largest one's or more"
    yield f"- a face whose longer side is below {gates['smallest_face']:g} pixels"
    yield f"- too dark: the 90th percentile of grey inside the face is below {gates['darkest']:g} of 255"
    yield f"- blurred: the Laplacian's variance over the grey values' is below {gates['dullest']:g}"


def _numbers(info: Info) -> Iterator[str]:
    yield "## Agreement with training"
    yield ""
    score, cell = info["parity"]["score"], info["parity"]["map"]
    yield f"Largest difference to torch: scores {score:.1e}, cells of maps {cell:.1e}, on pictures of nobody."
    if "int8" in info:
        yield ""
        yield from _int8(info["int8"])


def _int8(int8: Info) -> Iterator[str]:
    yield f"8-bit network ({int8['quantisation']} quantisation), on dev, by presentation:"
    yield ""
    yield "| network | AUC | EER |"
    yield "|---|---|---|"
    for name, figures in int8["loss"]["dev"].items():
        yield f"| {name} | {figures['auc']:.4f} | {_percent(figures['eer'])} |"
    yield ""
    change = int8["loss"]["largest_score_change"]
    yield (
        f"A presentation's score changes by up to {change:.4f}; its own threshold is "
        f"{int8['threshold']['value']:.6f}."
    )


def _limits(info: Info) -> Iterator[str]:
    yield "## Limits"
    yield ""
    yield "- Errors on cameras, light, people and instruments that were not measured are unknown."
    yield "- Rates were measured on the protocol's prepared faces, without the gates above."
    yield "- No rate by group of people was measured, unless a report beside this card says so."
    yield "- The intervals take presentations as independent; those of one person are not, so they are wider."
    yield "- The score is no probability; only its side of the threshold has a meaning."


def _files(info: Info) -> Iterator[str]:
    yield "## Files (SHA-256)"
    yield ""
    yield from (f"- {name}: `{value}`" for name, value in info["hashes"].items())


def _percent(rate: float | None) -> str:
    return "–" if rate is None else f"{rate:.2%}"


def _plain(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"
