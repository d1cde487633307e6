"""`augbench policies`: what can be named, with options, and what each engine can express."""

from __future__ import annotations

import cloup
from augbench.bench.commands import options
from augbench.bench.commands.options import verb
from augbench.bench.console import echo_json

#: of what --json prints; counts up where a key changes its meaning or goes
SCHEMA_VERSION = 1


@verb("policies")
@cloup.argument(
    "name",
    required=False,
    metavar="[NAME]",
    help="One policy in full: a name of the list, or package.module:Class.",
)
@options.json
def policies(name: str | None, json: bool) -> None:
    """List what can be named: policies with their options, words of a spec, presets, models.

    With each word stands which engine can express it: with both kinds of
    draws, with draws='native' or draws='matched' alone, or only some of its
    values. Installed policies are listed too, with the reason where one
    cannot be imported.

    Examples:
      augbench policies
      augbench policies gan
      augbench policies --json
    """
    from augbench.policies.registry.describing import RESEED, all_policies, described

    infos = all_policies() if name is None else list(described(name))
    content = {
        "schema_version": SCHEMA_VERSION,
        "policies": [info.to_dict() for info in infos],
        "every_policy_takes": [RESEED.to_dict()],
    }
    if name is not None and not json:
        from augbench.bench.commands.listing import console, print_policy

        print_policy(infos, console())
        return
    if name is None:
        from augbench.bench.trial.models import built_in_names
        from augbench.policies.registry.words import all_words
        from augbench.policies.spec.presets import PRESETS

        words, models = all_words(), built_in_names()
        content |= {
            "words": [word.to_dict() for word in words],
            "presets": [{"name": preset, "words": given} for preset, given in PRESETS.items()],
            "models": [{"name": model, "summary": text} for model, text in models.items()],
        }
    if json:
        echo_json(content)
        return
    from augbench.bench.commands.listing import console, print_listing

    print_listing(infos, words, PRESETS, models, console())
