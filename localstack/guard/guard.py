"""The project's rules on template.yaml: its transform, as CloudFormation would make it, written to argv[1], and judged by
AWS CloudFormation Guard; and before that the rules themselves, each on resources that it must take and must refuse.

`cargo local check` runs it in the environment of requirements-checks.lock."""

import json
import pathlib
import sys

import guardpycfn
import yaml
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

HERE = pathlib.Path(__file__).parent
RULES = (HERE / "rules.guard").read_text()
NAMES = {line.split()[1] for line in RULES.splitlines() if line.startswith("rule ")}


class NoManagedPolicies:
    """The transform may ask for AWS's managed policies; ours names none of them."""

    def load(self):
        return {}


def judge(template):
    """The rules that it breaks, each with what was found, and how many rules had something to judge."""
    # Verbose: the short answer cannot always be read by the binding (0.1.0), and is a text then.
    answer = guardpycfn.validate_with_guard(json.dumps(template), RULES, True)
    if not answer.get("success") or not isinstance(answer.get("result"), dict):
        sys.exit(f"Guard cannot judge: {str(answer)[:2000]}")
    checks = {}
    for child in answer["result"]["children"]:
        rule = child["container"].get("RuleCheck")
        if rule:
            checks[rule["name"]] = (rule["status"], child["children"])
    if set(checks) != NAMES:
        sys.exit(f"Guard has judged other rules than there are: {sorted(set(checks) ^ NAMES)}")
    broken = {name: children for name, (status, children) in checks.items() if status == "FAIL"}
    return broken, sum(status != "SKIP" for status, _ in checks.values())


def reasons(found):
    """What Guard says of a broken rule: our own message, and where."""
    if isinstance(found, dict):
        message = " ".join(found[key] for key in ("custom_message", "message") if isinstance(found.get(key), str))
        if message:
            yield message
        for value in found.values():
            yield from reasons(value)
    elif isinstance(found, list):
        for value in found:
            yield from reasons(value)


def test_rules():
    tests = yaml.safe_load((HERE / "tests.yaml").read_text())
    if NAMES != set(tests):
        sys.exit(f"tests.yaml and rules.guard name different rules: {sorted(NAMES ^ set(tests))}")
    takes = refuses = 0
    for name, cases in tests.items():
        if not cases["takes"] or not cases["refuses"]:
            sys.exit(f"{name} needs something to take and something to refuse")
        for resources in cases["takes"]:
            takes += 1
            if name in judge({"Resources": resources})[0]:
                sys.exit(f"{name} refuses what it should take: {resources}")
        for resources in cases["refuses"]:
            refuses += 1
            if name not in judge({"Resources": resources})[0]:
                sys.exit(f"{name} takes what it should refuse: {resources}")
    print(f"rules: {len(NAMES)}, tested on {takes} fragments that they take and {refuses} that they refuse")


def main():
    template = yaml_parse((HERE / "../../template.yaml").read_text())
    # The transform takes an address only; `sam package` would put one here.
    template["Globals"]["Function"]["CodeUri"] = "s3://bucket/code.zip"
    transformed = transform(template, {}, NoManagedPolicies())
    pathlib.Path(sys.argv[1]).write_text(json.dumps(transformed, indent=1))
    test_rules()
    broken, judged = judge(transformed)
    for name, checks in broken.items():
        for reason in dict.fromkeys(reasons(checks)):
            print(f"template.yaml breaks {name}: {reason}")
    exceptions = [
        f"{name} ({', '.join(resource['Metadata']['guard']['SuppressedRules'])})"
        for name, resource in transformed["Resources"].items()
        if "SuppressedRules" in resource.get("Metadata", {}).get("guard", {})
    ]
    print(
        f"template.yaml: {len(transformed['Resources'])} resources, {judged} rules with something to judge, "
        f"{len(broken)} broken; exceptions: {', '.join(exceptions) or 'none'}"
    )
    sys.exit(bool(broken))


main()
