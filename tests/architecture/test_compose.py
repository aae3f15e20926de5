"""docker-compose.yml, infra/Dockerfile and what is mounted, held against the code. No Docker is needed for it."""

import fnmatch
import json
import os
import re
import shutil
import sys
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import opentelemetry.environment_variables as otel_api
import opentelemetry.sdk.environment_variables as otel_sdk
import pytest
import typer

from infra import cluster, run
from infra.cli import app
from infra.embedded_postgres import MADE_WITH
from infra.host import SERVICES, http_app
from infra.kafka.broker import SETTINGS
from kernel.app import new_app
from kernel.metrics import TABLE
from tests.architecture.checkout import ROOT, files, run_tool
from tests.architecture.compose import Stage, compose, document, mounts, option, ours, published, stages

pytestmark = pytest.mark.fast

BESIDES = {"postgres", "kafka", "otel-collector", "jaeger", "prometheus", "grafana"}
LISTENS = {"postgres": 5432, "jaeger": 16686, "prometheus": 9090, "grafana": 3000}  # as their images do
JAEGER_TAKES_OTLP = 4317
PINNED = re.compile(r"[\w./-]+:v?\d+(\.\d+)+(-[\w.-]+)?")
ASKED = re.compile(r"urlopen\('(http://[^']+)'\)")
METRIC = re.compile(r"\b(?:zhixing|process)_\w+")
LABELS = re.compile(r"by \(([\w, ]+)\)|\{(\w+)=")
OF_PROCESS = {"process_resident_memory_bytes", "process_cpu_seconds_total"}
OTEL = {value for module in (otel_api, otel_sdk) for value in vars(module).values() if isinstance(value, str)}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
RULES = "infra/telemetry/rules.yaml"
DASHBOARDS = [file for file in files() if file.match("infra/grafana/dashboards/*.json")]


def port_of(name: str) -> int:
    return int(option(ours()[name]["command"], "--port"))


# -- services


def test_it_runs_the_six_services_and_what_they_need(tmp_path: Path) -> None:
    assert set(ours()) == set(SERVICES)
    assert set(compose()) == set(SERVICES) | BESIDES
    # and the cluster of local processes is the same
    assert {node.service for node in cluster.planned(tmp_path, 1, 8700)} == set(ours())


@pytest.mark.parametrize("name", SERVICES)
def test_every_command_is_one(name: str) -> None:
    words = ours()[name]["command"]
    group = typer.main.get_command(app)
    command = group.commands[words[0]]
    given = command.make_context(words[0], list(words[1:]), parent=typer.Context(group)).params
    assert given["service"] == name
    assert given["host"] == "0.0.0.0", "published ports lead to no other address"
    host, _, port = given["kafka"].partition(":")
    assert host in compose()
    assert f"PLAINTEXT://{host}:{port}" == compose()[host]["environment"]["KAFKA_ADVERTISED_LISTENERS"]


@pytest.mark.parametrize("name", SERVICES)
def test_health_is_asked_where_it_is_answered(name: str) -> None:
    service = SERVICES[name]
    asked = urlsplit(ASKED.search(ours()[name]["healthcheck"]["test"][-1])[1])
    assert asked.port == port_of(name)
    prefix, _, path = asked.path[1:].partition("/")
    assert prefix == name
    routes = new_app(service.title, "", service.routers).routes
    assert f"/{path}" in {route.path for route in routes}


def test_published_ports_are_those_that_are_listened_on() -> None:
    for name, service in compose().items():
        for outside, inside in published(service):
            assert outside.startswith("127.0.0.1:"), "whoever opens them to others puts a door in front of them"
            assert inside == (port_of(name) if name in ours() else LISTENS[name])
    every = [outside for service in compose().values() for outside, _ in published(service)]
    assert len(every) == len(set(every))


def test_every_variable_is_read_by_the_code() -> None:
    code = "\n".join((ROOT / file).read_text("utf-8") for file in files() if file.match("infra/*.py"))
    for service in ours().values():
        for name in service["environment"]:
            assert name in OTEL or f'"{name}"' in code, name
    assert f'"{run.ELSEWHERE}"' in code


def test_the_database_is_the_one_that_is_there() -> None:
    postgres = compose()["postgres"]
    for service in ours().values():
        dsn = urlsplit(service["environment"][run.ELSEWHERE].replace("${POSTGRES_PASSWORD:-zhixing}", "secret"))
        assert (compose()[dsn.hostname], dsn.port) == (postgres, LISTENS["postgres"])
        assert dsn.username == postgres["environment"]["POSTGRES_USER"]
        assert dsn.path[1:] == postgres["environment"]["POSTGRES_DB"]
    assert int(re.search(r":(\d+)", postgres["image"])[1]) >= run.LEAST_POSTGRES
    assert {*MADE_WITH} - {"--auth=trust"} <= set(postgres["environment"]["POSTGRES_INITDB_ARGS"].split())


def test_the_broker_is_set_as_the_one_of_this_machine() -> None:
    told = {name.removeprefix("KAFKA_"): str(value) for name, value in compose()["kafka"]["environment"].items()}
    known = {name.replace(".", "_").upper(): value for name, value in SETTINGS.items()}
    assert {name: told[name] for name in told.keys() & known} == {name: known[name] for name in told.keys() & known}
    assert {"AUTO_CREATE_TOPICS_ENABLE", "MESSAGE_MAX_BYTES", "OFFSETS_TOPIC_REPLICATION_FACTOR"} <= told.keys() & known


def test_images_are_pinned_and_ours_is_of_this_version() -> None:
    for name, service in compose().items():
        assert PINNED.fullmatch(service["image"]), service["image"]
        if name in ours():
            assert service["image"] == f"zhixing:{PROJECT['project']['version']}"
            assert (ROOT / service["build"]["context"] / service["build"]["dockerfile"]).is_file()
    assert [stage.image for stage in stages() if not PINNED.fullmatch(stage.image)] == []


def test_what_is_mounted_and_waited_for_exists() -> None:
    volumes = document("docker-compose.yml")["volumes"]
    mounted = [source for service in compose().values() for source, _ in mounts(service)]
    assert {source for source in mounted if not source.startswith("./")} == set(volumes)
    assert [source for source in mounted if source.startswith("./") and not (ROOT / source).exists()] == []
    for service in compose().values():
        waited = service.get("depends_on", {})
        assert set(waited) <= set(compose())
        healthy = [
            name for name in waited if isinstance(waited, dict) and waited[name]["condition"] == "service_healthy"
        ]
        assert all("healthcheck" in compose()[name] for name in healthy)


# -- the image


@pytest.fixture
def build() -> Stage:
    return stages()[0]


def is_left_out(path: str) -> bool:
    """By infra/Dockerfile.dockerignore: the last pattern that fits decides."""
    left_out = False
    for line in (ROOT / "infra/Dockerfile.dockerignore").read_text("utf-8").splitlines():
        pattern = line.lstrip("!").removeprefix("**/")
        if (
            line
            and not line.startswith("#")
            and any(fnmatch.fnmatch(each, pattern) for each in (path, Path(path).name))
        ):
            left_out = not line.startswith("!")
        elif line.startswith("!") and path.startswith(f"{pattern}/"):
            left_out = False
    return left_out


def test_what_is_copied_is_there(build: Stage) -> None:
    copied = [source for step in build.of("COPY") for source in step.words[:-1]]
    assert [source for source in copied if not (ROOT / source).exists() or is_left_out(source)] == []
    workspace = [str(file) for file in files() if file.name == "pyproject.toml" and not file.match("tests/*/*")]
    assert set(workspace) <= set(copied), "the lock is of the whole workspace"
    assert is_left_out(".zhixing")
    assert is_left_out("infra/__pycache__")


def test_the_image_is_locked_and_set_up_as_a_checkout_is(build: Stage) -> None:
    script = (ROOT / "zhixing").read_text("utf-8")
    first, *syncs = [step.words for step in build.of("RUN")]
    assert f"uv=={re.search('UV=(.+)', script)[1]}" in first
    assert [words[:3] for words in syncs] == [("uv", "sync", "--locked")] * 2
    assert all("--no-dev" in words for words in syncs)
    python = re.search(r"python:(3\.\d+)", build.image)[1]
    assert python == PROJECT["tool"]["basedpyright"]["pythonVersion"]


def test_it_runs_as_nobody_with_its_data_in_a_volume(build: Stage) -> None:
    last = stages()[-1]
    [user] = last.of("USER")
    [made] = [step for step in last.of("RUN") if step.words[0] == "useradd"]
    assert user.words[0] == made.words[-1] != "root"
    home = last.variables()["ZHIXING_HOME"]
    assert [step.words for step in last.of("VOLUME")] == [(home,)]
    assert {path for service in ours().values() for _, path in mounts(service)} == {home}
    assert f"--from={build.name}" in last.of("COPY")[0].flags
    assert build.variables()["UV_PROJECT_ENVIRONMENT"] + "/bin" in last.variables()["PATH"]


def test_without_a_command_it_is_the_whole_system() -> None:
    last = stages()[-1]
    [entry], [command], [exposed] = (last.of(name) for name in ("ENTRYPOINT", "CMD", "EXPOSE"))
    assert entry.words[1:] == ("-P", "-m", "infra.cli")
    given = typer.main.get_command(app).commands[command.words[0]].make_context("up", list(command.words[1:])).params
    assert (given["host"], given["port"]) == ("0.0.0.0", int(exposed.words[0]))
    assert {port_of(name) for name in SERVICES} == {given["port"]}


def test_its_packages_are_those_that_the_code_needs(tmp_path: Path, build: Stage) -> None:
    """What the build does without Docker: the same syncs over the copied files alone, but that nothing is installed."""
    for step in build.of("COPY"):
        for source in step.words[:-1]:
            target = tmp_path / step.words[-1] / ("" if (ROOT / source).is_dir() else Path(source).name)
            copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
            target.parent.mkdir(parents=True, exist_ok=True)
            copy(ROOT / source, target, **({"dirs_exist_ok": True} if (ROOT / source).is_dir() else {}))
    for words in [step.words for step in build.of("RUN")][1:]:
        done = run_tool(*words, "--dry-run", "--offline", "--python", sys.executable, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    # and what runs in it needs no other file of the checkout
    imports = "import infra.run; from infra.installation import court_settings, load_courts; from pathlib import Path; "
    asked = f"{imports}print(len(load_courts(court_settings(Path()))), infra.run.__file__)"
    members = [file.parent for file in tmp_path.rglob("pyproject.toml")]
    environment = {"PYTHONPATH": os.pathsep.join(map(str, members)), "PATH": os.defpath}
    done = run_tool("python", "-P", "-c", asked, cwd=tmp_path, env=environment)
    assert done.stdout.endswith(f"{tmp_path}/infra/run.py\n"), done.stderr


# -- what watches


async def test_prometheus_asks_every_process_of_every_service() -> None:
    [scraped] = document("infra/telemetry/prometheus.yaml")["scrape_configs"]
    [looked_up] = scraped["dns_sd_configs"]
    assert set(looked_up["names"]) == set(SERVICES)
    assert {looked_up["port"]} == {port_of(name) for name in SERVICES}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(http_app({})), base_url="http://z") as http:
        assert (await http.get(scraped["metrics_path"])).text.startswith("# HELP")
    config = {inside: outside for outside, inside in mounts(compose()["prometheus"])}
    for file in document("infra/telemetry/prometheus.yaml")["rule_files"]:
        assert config[f"/etc/prometheus/{file}"] == f"./{RULES}"


def expressions() -> list[str]:
    alerts = [rule["expr"] for group in document(RULES)["groups"] for rule in group["rules"]]
    boards = [json.loads((ROOT / file).read_text("utf-8")) for file in DASHBOARDS]
    return alerts + [target["expr"] for board in boards for panel in board["panels"] for target in panel["targets"]]


@pytest.mark.parametrize("expression", expressions())
def test_what_is_shown_is_measured(expression: str) -> None:
    ends = {"histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}
    measured = {metric.name + end: {*metric.labels, "le"} for metric in TABLE for end in ends[metric.kind]}
    named = METRIC.findall(expression)
    assert set(named) <= measured.keys() | OF_PROCESS, expression
    labels = {label.strip() for found in LABELS.findall(expression) for label in "".join(found).split(",")}
    for name in set(named) & measured.keys():
        assert labels <= measured[name], expression


def test_every_metric_is_shown() -> None:
    shown = " ".join(expressions())
    assert [metric.name for metric in TABLE if metric.name not in shown and "slot_lag_s" not in metric.name] == []


def test_grafana_finds_its_sources_and_its_dashboards() -> None:
    sources = document("infra/grafana/provisioning/datasources/zhixing.yaml")["datasources"]
    for source in sources:
        address = urlsplit(source["url"])
        assert address.port == LISTENS[address.hostname]
    [provider] = document("infra/grafana/provisioning/dashboards/zhixing.yaml")["providers"]
    mounted = {inside: ROOT / outside for outside, inside in mounts(compose()["grafana"])}
    assert DASHBOARDS
    assert {(ROOT / file).parent for file in DASHBOARDS} == {mounted[provider["options"]["path"]]}
    assert "/etc/grafana/provisioning" in mounted
    for file in DASHBOARDS:
        panels = json.loads((ROOT / file).read_text("utf-8"))["panels"]
        assert {panel["datasource"]["uid"] for panel in panels} <= {source["uid"] for source in sources}


def test_spans_go_from_the_services_through_the_collector_to_jaeger() -> None:
    collector: dict[str, Any] = document("infra/telemetry/otel-collector.yaml")
    endpoint = urlsplit(ours()["intake"]["environment"]["OTEL_EXPORTER_OTLP_ENDPOINT"])
    assert endpoint.hostname in compose()
    listens = collector["receivers"]["otlp"]["protocols"]["http"]["endpoint"]
    assert listens == f"0.0.0.0:{endpoint.port}"
    host, _, port = collector["exporters"]["otlp/jaeger"]["endpoint"].partition(":")
    assert (host in compose(), int(port)) == (True, JAEGER_TAKES_OTLP)
    pipeline = collector["service"]["pipelines"]["traces"]
    for part, names in pipeline.items():
        assert set(names) <= set(collector[part])
    [(_, inside)] = mounts(compose()["otel-collector"])
    assert compose()["otel-collector"]["command"] == [f"--config={inside}"]
