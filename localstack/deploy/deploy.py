"""Plays `sam deploy` to its end: guided in a terminal where a person only presses Enter, then each section of samconfig.toml.

SAM itself runs, in a folder that looks as after `sam build`. Its CloudFormation and S3 are a small server on 127.0.0.1, which
writes down what would be deployed. `cargo local check` calls this with the workspace as its folder.
"""

import http.server
import os
import pathlib
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
import urllib.parse
from xml.sax.saxutils import escape

from samcli.yamlhelper import yaml_dump, yaml_parse

WORKSPACE = pathlib.Path.cwd()
SAM = pathlib.Path(sys.executable).parent / "sam"
BUCKET = "the-bucket-of-sam"
# A deploy at this server takes some 15 s.
LIMIT_S = 120
# How long SAM is silent before whoever sits there thinks that it waits for them.
QUIET_S = 0.3
# What a guided deploy may ask of the template.
QUESTIONS_MAX = 10

PARAMETER = re.compile(r"Parameters\.member\.(\d+)\.(ParameterKey|ParameterValue|UsePreviousValue)")


class Cloud(http.server.ThreadingHTTPServer):
    """CloudFormation, with the stack in which SAM keeps its bucket, and S3, which takes everything."""

    daemon_threads = True

    def __init__(self, parameters):
        super().__init__(("127.0.0.1", 0), Request)
        self.parameters = parameters
        self.deployed = {}
        self.status = {}
        self.proposed = {}
        self.uploaded = 0
        self.unknown = []
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Request(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def reply(self, status, body=""):
        body = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", '"0"')
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def body(self):
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def do_HEAD(self):
        self.reply(404)

    def do_PUT(self):
        self.body()
        self.server.uploaded += 1
        self.reply(200)

    def do_GET(self):
        self.reply(200, "<LocationConstraint>eu-central-1</LocationConstraint>")

    def do_POST(self):
        form = dict(urllib.parse.parse_qsl(self.body().decode(), keep_blank_values=True))
        action, stack = form.get("Action", self.path), form.get("StackName", "").split("/")[-1]
        answer = getattr(self, action, None)
        if answer is None:
            self.server.unknown.append(action)
            return self.reply(400, "<ErrorResponse><Error><Code>InvalidAction</Code><Message>?</Message></Error></ErrorResponse>")
        status, result = answer(form, stack)
        self.reply(status, f"<{action}Response><{action}Result>{result}</{action}Result></{action}Response>" if status == 200 else result)

    def DescribeStacks(self, form, stack):
        if stack == "aws-sam-cli-managed-default":
            return 200, described(stack, "CREATE_COMPLETE", {"SourceBucket": BUCKET}, {"ManagedStackSource": "AwsSamCli"})
        if stack in self.server.deployed:
            return 200, described(stack, self.server.status[stack], {"BotUrl": "https://bot.example.org/"}, {})
        message = f"Stack with id {stack} does not exist"
        return 400, f"<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>{message}</Message></Error></ErrorResponse>"

    def CreateChangeSet(self, form, stack):
        parameters = {}
        for key, value in form.items():
            if found := PARAMETER.fullmatch(key):
                parameters.setdefault(found[1], {})[found[2]] = value
        before = self.server.deployed.get(stack, {})
        self.server.proposed[stack] = {
            name: before[name] if one.get("UsePreviousValue") == "true" else one["ParameterValue"]
            for one in parameters.values()
            if (name := one["ParameterKey"]) in before or "ParameterValue" in one
        }
        return 200, f"<Id>arn:aws:cloudformation:eu-central-1:1:changeSet/{form['ChangeSetName']}/1</Id><StackId>{stack}</StackId>"

    def DescribeChangeSet(self, form, stack):
        change = "<Action>Add</Action><LogicalResourceId>Bot</LogicalResourceId><ResourceType>AWS::Lambda::Function</ResourceType><Replacement>N/A</Replacement>"
        return 200, (
            "<Status>CREATE_COMPLETE</Status><ExecutionStatus>AVAILABLE</ExecutionStatus><Changes><member><Type>Resource</Type>"
            f"<ResourceChange>{change}</ResourceChange></member></Changes>"
        )

    def ExecuteChangeSet(self, form, stack):
        self.server.status[stack] = "UPDATE_COMPLETE" if stack in self.server.deployed else "CREATE_COMPLETE"
        self.server.deployed[stack] = self.server.proposed.pop(stack)
        return 200, ""

    def GetCallerIdentity(self, form, stack):
        return 200, "<Arn>arn:aws:iam::1:user/stub</Arn><UserId>stub</UserId><Account>111111111111</Account>"

    def GetTemplateSummary(self, form, stack):
        members = "".join(f"<member><ParameterKey>{name}</ParameterKey></member>" for name in self.server.parameters)
        return 200, f"<Parameters>{members}</Parameters>"

    def DescribeStackEvents(self, form, stack):
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        event = (
            f"<EventId>1</EventId><StackId>{stack}</StackId><StackName>{stack}</StackName><LogicalResourceId>{stack}</LogicalResourceId>"
            f"<PhysicalResourceId>{stack}</PhysicalResourceId><ResourceType>AWS::CloudFormation::Stack</ResourceType>"
            f"<Timestamp>{now}</Timestamp><ResourceStatus>{self.server.status.get(stack, 'REVIEW_IN_PROGRESS')}</ResourceStatus>"
        )
        return 200, f"<StackEvents><member>{event}</member></StackEvents>"


def described(stack, status, outputs, tags):
    def members(pairs, key, value):
        return "".join(f"<member><{key}>{escape(k)}</{key}><{value}>{escape(v)}</{value}></member>" for k, v in pairs.items())

    return (
        f"<Stacks><member><StackName>{stack}</StackName><StackId>{stack}</StackId><StackStatus>{status}</StackStatus>"
        f"<CreationTime>2026-01-01T00:00:00Z</CreationTime><Outputs>{members(outputs, 'OutputKey', 'OutputValue')}</Outputs>"
        f"<Tags>{members(tags, 'Key', 'Value')}</Tags></member></Stacks>"
    )


def built(folder):
    """The folder as after `sam build`, with functions that nobody runs."""
    build = folder / ".aws-sam/build"
    (build / "code").mkdir(parents=True)
    (build / "code/bootstrap").write_bytes(b"\x7fELF")
    template = yaml_parse((WORKSPACE / "template.yaml").read_text())
    template["Globals"]["Function"]["CodeUri"] = "code"
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Lambda::Function":
            resource["Properties"]["Code"] = "code"
    (build / "template.yaml").write_text(yaml_dump(template))
    shutil.copy(WORKSPACE / "samconfig.toml", folder)
    return template


def environment(cloud):
    keep = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return keep | {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{cloud.server_port}",
        "AWS_ACCESS_KEY_ID": "stub",
        "AWS_SECRET_ACCESS_KEY": "stub",
        "AWS_EC2_METADATA_DISABLED": "true",
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_POLL_DELAY": "1",
        "TERM": "dumb",
        "COLUMNS": "200",
        "NO_PROXY": "127.0.0.1",
    }


def press_enter(arguments, folder, cloud):
    """Runs a command in a terminal; whenever it waits, whoever sits there presses Enter. Returns what stood on the screen."""
    terminal, theirs = pty.openpty()
    command = subprocess.Popen(arguments, cwd=folder, env=environment(cloud), stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True)
    os.close(theirs)
    screen, end = "", time.monotonic() + LIMIT_S
    while time.monotonic() < end:
        ready, _, _ = select.select([terminal], [], [], QUIET_S)
        if ready:
            try:
                read = os.read(terminal, 65536)
            except OSError:
                break
            if not read:
                break
            screen += read.decode(errors="replace")
        elif screen.rstrip(" ").endswith(":"):
            os.write(terminal, b"\n")
        elif command.poll() is not None:
            break
    if command.poll() is None:
        try:
            command.wait(timeout=5)
        except subprocess.TimeoutExpired:
            command.kill()
            sys.exit(f"`{' '.join(map(str, arguments[1:]))}` does not come to its end. The screen:\n{screen}")
    os.close(terminal)
    if command.returncode != 0:
        sys.exit(f"`{' '.join(map(str, arguments[1:]))}` fails. The screen:\n{screen}")
    return screen


def expect(holds, what):
    if not holds:
        sys.exit(what)


def effective(template, sent):
    """What CloudFormation makes of a new stack: the defaults, and above them what was sent."""
    defaults = {name: str(parameter["Default"]) for name, parameter in template["Parameters"].items()}
    return defaults | sent


def overrides(section):
    words = section.get("deploy", {}).get("parameters", {}).get("parameter_overrides", "").split()
    return dict(word.split("=", 1) for word in words)


def play_the_guided_deploy():
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        template = built(folder)
        cloud = Cloud(template["Parameters"])
        screen = press_enter([SAM, "deploy", "--guided"], folder, cloud)
        asked = re.findall(r"Parameter (\w+)\S* \[", screen)
        names = list(template["Parameters"])
        expect(asked == names and len(names) <= QUESTIONS_MAX, f"the guide asks for {asked}, the template has {names}")
        expect("no authentication" not in screen, "the guide asks whether the bot may be open, and Enter would mean no")
        stack = tomllib.loads((WORKSPACE / "samconfig.toml").read_text())["default"]["global"]["parameters"]["stack_name"]
        expect(stack in cloud.deployed, f"nothing was deployed. The screen:\n{screen}")
        deployed = effective(template, cloud.deployed[stack])
        wanted = effective(template, overrides(tomllib.loads((WORKSPACE / "samconfig.toml").read_text())["default"]))
        expect(deployed == wanted, f"Enter deploys {deployed}, and samconfig.toml says {wanted}")
        expect(not cloud.unknown, f"SAM asks for what this server does not know: {cloud.unknown}")
        # What was saved is what the next deploy deploys.
        press_enter([SAM, "deploy"], folder, cloud)
        again = effective(template, cloud.deployed[stack])
        expect(again == wanted, f"the second deploy deploys {again}, and the first {wanted}")
        print(f"sam deploy --guided, Enter only: {len(asked)} parameters asked for, deployed to the end; so is what it saved")


def look_at_every_section():
    sections = tomllib.loads((WORKSPACE / "samconfig.toml").read_text())
    for name, section in sections.items():
        if not isinstance(section, dict):
            continue
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            template = built(folder)
            cloud = Cloud(template["Parameters"])
            press_enter([SAM, "deploy", "--config-env", name, "--no-confirm-changeset"], folder, cloud)
            stack = section["global"]["parameters"]["stack_name"]
            expect(list(cloud.deployed) == [stack], f"{name} deploys {list(cloud.deployed)} and not {stack}")
            deployed, wanted = effective(template, cloud.deployed[stack]), effective(template, overrides(section))
            expect(deployed == wanted, f"{name} deploys {deployed}, and samconfig.toml says {wanted}")
            for parameter, value in overrides(section).items():
                allowed = template["Parameters"][parameter].get("AllowedValues", [value])
                pattern = template["Parameters"][parameter].get("AllowedPattern", ".*")
                expect(value in map(str, allowed) and re.fullmatch(pattern, value), f"{name}: {parameter}={value} is refused")
            shown = ", ".join(f"{key}={value}" for key, value in deployed.items() if value)
            print(f"sam deploy --config-env {name}: {shown}")
    prod = overrides(sections["prod"])
    expect(prod.get("Network") == "vpc", "prod has a database with a public address")


def look_at_the_documents():
    """Overrides on the command line would replace all of the file's."""
    read = [*WORKSPACE.glob("*.md"), *WORKSPACE.glob("docs/*.md"), *WORKSPACE.glob(".github/workflows/*.yml"), *WORKSPACE.glob(".ci/*")]
    for path in read:
        for line in path.read_text().splitlines():
            is_deploy = "sam deploy" in line and re.search(r"sam deploy[^`]*--parameter-overrides", line)
            expect(not is_deploy, f"{path.name} tells to replace what samconfig.toml says: {line.strip()}")
    print(f"no override on the command line of a deploy in {len(read)} documents and workflows")


play_the_guided_deploy()
look_at_every_section()
look_at_the_documents()
