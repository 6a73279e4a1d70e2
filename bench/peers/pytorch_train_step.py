"""Times one masked-LM training step of a BERT in PyTorch on the CPU, float32.

Two variants of the same step, with the same frozen and trained weights:

masked-head  the strongest fair form: frozen layers under no_grad, the language-model head only at
             masked positions, fused AdamW
all-logits   the usual loop: model(**batch).loss.backward(), logits for every token, AdamW as it
             comes

Frozen are the embeddings and all but the top layers; so is the decoder, which is tied to the word
embeddings (--train-decoder unties and trains it). --full trains everything. Prints one JSON line;
seconds are medians over --steps steps after --warm-up steps, and frozenForwardSeconds is the part
of forwardBackwardSeconds that a cache of activations would save (null where it cannot be told).
"""

import argparse
import json
import os
import statistics
import time

import torch
from transformers import BertConfig, BertForMaskedLM
from transformers.utils import logging

BERT_BASE_CHINESE = dict(vocab_size=21128)  # everything else is BertConfig's default
IGNORED = -100


def main() -> None:
    args = parse_arguments()
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    model = load_model(args)
    trained = choose_trained(model, args)
    optimizer = torch.optim.AdamW(trained, lr=1e-5, betas=(0.9, 0.98), weight_decay=0.01,
                                  fused=args.variant == "masked-head")
    step = masked_head_step if args.variant == "masked-head" else all_logits_step
    timings = []
    for index in range(args.warm_up + args.steps):
        batch = draw_batch(model.config.vocab_size, args)
        if index == args.warm_up:
            others = OtherLoad()
        started = time.perf_counter()
        loss, frozen_seconds = step(model, batch, args)
        loss.backward()
        computed = time.perf_counter()
        if args.clip:
            torch.nn.utils.clip_grad_norm_(trained, args.clip)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        ended = time.perf_counter()
        if index >= args.warm_up:
            timings.append((ended - started, computed - started, ended - computed, frozen_seconds))
    report(args, timings, trained, others.cores())


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="directory; without it, random bert-base-chinese")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--length", type=int, default=32, help="tokens of each text")
    parser.add_argument("--masked-share", type=float, default=0.15)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--top-layers", type=int, default=3, help="how many layers are trained")
    which.add_argument("--full", action="store_true", help="train everything")
    parser.add_argument("--train-decoder", action="store_true")
    parser.add_argument("--variant", choices=["masked-head", "all-logits"], default="masked-head")
    parser.add_argument("--clip", type=float, default=1.0, help="gradient norm; 0 for none")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--warm-up", type=int, default=2)
    return parser.parse_args()


def load_model(args: argparse.Namespace) -> BertForMaskedLM:
    # Without dropout, as the trainer that this is compared with.
    options = dict(attn_implementation="sdpa",
                   hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    if args.model:
        return BertForMaskedLM.from_pretrained(args.model, dtype=torch.float32, **options).train()
    return BertForMaskedLM(BertConfig(**BERT_BASE_CHINESE, **options)).train()


def choose_trained(model: BertForMaskedLM, args: argparse.Namespace) -> list[torch.nn.Parameter]:
    if args.full:
        return list(model.parameters())
    model.requires_grad_(False)
    model.bert.encoder.layer[-args.top_layers:].requires_grad_(True)
    head = model.cls.predictions
    head.requires_grad_(True)
    weight = head.decoder.weight
    weight.requires_grad_(False)  # also the word embeddings
    if args.train_decoder:
        head.decoder.weight = torch.nn.Parameter(weight.clone())
    return [parameter for parameter in model.parameters() if parameter.requires_grad]


def draw_batch(vocabulary_size: int, args: argparse.Namespace) -> dict[str, torch.Tensor]:
    """Random texts of equal length; the same number of masked positions in each batch."""
    shape = (args.batch, args.length)
    input_ids = torch.randint(vocabulary_size // 100, vocabulary_size, shape)
    labels = torch.full((args.batch * args.length,), IGNORED)
    count = max(1, round(args.masked_share * labels.numel()))
    positions = torch.randperm(labels.numel())[:count].sort().values  # in the flattened batch
    labels[positions] = torch.randint(vocabulary_size, (count,))
    return dict(input_ids=input_ids, attention_mask=torch.ones(shape, dtype=torch.long),
                labels=labels.view(shape), positions=positions)


def masked_head_step(model: BertForMaskedLM, batch: dict[str, torch.Tensor],
                     args: argparse.Namespace) -> tuple[torch.Tensor, float | None]:
    layers = model.bert.encoder.layer
    frozen_count = 0 if args.full else len(layers) - args.top_layers
    started = time.perf_counter()
    with torch.set_grad_enabled(args.full):
        hidden = model.bert.embeddings(batch["input_ids"])  # [B, T, H]
        for layer in layers[:frozen_count]:  # no text is padded, so no mask is needed
            hidden = layer(hidden)
    frozen_seconds = None if args.full else time.perf_counter() - started
    for layer in layers[frozen_count:]:
        hidden = layer(hidden)
    masked = hidden.flatten(0, 1)[batch["positions"]]  # [M, H]
    labels = batch["labels"].flatten()[batch["positions"]]
    return torch.nn.functional.cross_entropy(model.cls(masked), labels), frozen_seconds


def all_logits_step(model: BertForMaskedLM, batch: dict[str, torch.Tensor],
                    _args: argparse.Namespace) -> tuple[torch.Tensor, float | None]:
    inputs = {name: batch[name] for name in ("input_ids", "attention_mask", "labels")}
    return model(**inputs).loss, None


class OtherLoad:
    """How many cores other programs used since this was made; a quiet machine shows < 0.1."""

    def __init__(self) -> None:
        self.started = self.now()

    @staticmethod
    def now() -> tuple[float, float]:
        fields = open("/proc/stat").readline().split()[1:]
        user, nice, system, _idle, _iowait, irq, soft, steal = map(int, fields[:8])
        busy = (user + nice + system + irq + soft + steal) / os.sysconf("SC_CLK_TCK")
        own = os.times()
        return time.perf_counter(), busy - own.user - own.system

    def cores(self) -> float:
        (then, busy_then), (now, busy_now) = self.started, self.now()
        return round(max(0.0, busy_now - busy_then) / (now - then), 2)


def report(args: argparse.Namespace, timings: list[tuple], trained: list, others: float) -> None:
    total, forward_backward, optimizer, frozen = zip(*timings)
    print(json.dumps({
        "secondsPerStep": statistics.median(total),
        "forwardBackwardSeconds": statistics.median(forward_backward),
        "optimizerSeconds": statistics.median(optimizer),
        "frozenForwardSeconds": None if frozen[0] is None else statistics.median(frozen),
        "variant": args.variant,
        "topLayers": None if args.full else args.top_layers,
        "trainedParameterCount": sum(parameter.numel() for parameter in trained),
        "batch": args.batch, "length": args.length, "maskedShare": args.masked_share,
        "steps": args.steps, "threads": args.threads, "torchVersion": torch.__version__,
        "coresUsedByOthers": others,
    }))


if __name__ == "__main__":
    main()
