"""The commands about an app that runs, and about one that runs for a command."""

from __future__ import annotations

from procrun.cli.command import Command, Option
from procrun.cli.table.shared import DETACH_KEY, JSON, LOOK, NAMED, SET, SHELL
from procrun.core.suites import ShowLog

COMMANDS = (
    Command(
        "ps",
        "[NAME…]",
        "show the processes of the running app",
        "ps:ps",
        (
            Option(("--watch",), "again every second, until Ctrl-C"),
            Option(("--json",), "one JSON array, with --watch one to a line", setting="json"),
        ),
        (
            ("procrun ps", "state, pid, port, CPU and memory of each process tree"),
            ("procrun ps --watch", "the same, live; CPU is that of the last second"),
            ("procrun ps --json", "for programs: numbers are numbers"),
            ("procrun ps web", "only these; * and ? match"),
        ),
    ),
    Command(
        "ps type",
        "[TYPE…]",
        "print the size of dyno that each process type stands for",
        "scale:sizes",
        examples=(("procrun ps:type", "the sizes; nothing is limited by them"),),
    ),
    Command(
        "logs",
        "[NAME]",
        "show the log of the running app, or of the last run",
        "logs:logs",
        (
            Option(("--tail", "-t", "--follow", "-f"), "go on with what comes from now on"),
            Option(("-n", "--num"), "how many lines (100)", "N"),
            Option(("-p", "--process-type", "--ps"), "only this type", "TYPE"),
            Option(("-d", "--dyno", "--dyno-name"), "only this process", "DYNO"),
            Option(
                ("-s", "--source"),
                "only what app or heroku (procrun) said",
                "SOURCE",
                choices=("app", "heroku"),
            ),
            Option(("--json",), "one JSON object per line", setting="json"),
            *LOOK,
        ),
        (
            ("procrun logs", "the last 100 lines; when the app has ended, too"),
            ("procrun logs -t", "and all that follows, until Ctrl-C"),
            ("procrun logs -n 20 web.1", "the last 20 lines of web.1"),
            ("procrun logs -t -p web -s app", "what the web processes write, nothing else"),
            ("procrun logs -s heroku", "what started, crashed and stopped"),
            ("procrun logs -t -d router", "a line for each request, with --heroku"),
        ),
    ),
    Command(
        "restart",
        "[NAME…]",
        "restart processes of the running app",
        "remote:restart",
        NAMED,
        (
            ("procrun restart worker", "every worker; the others go on"),
            ("procrun restart web.2 'w*er'", "one web process; * and ? match"),
            ("procrun restart", "all but those that were stopped by hand"),
        ),
    ),
    Command(
        "stop",
        "[NAME…]",
        "stop processes of the running app, or all of it",
        "remote:stop",
        NAMED,
        (
            ("procrun stop web.2", "it stays down until `procrun start web.2`"),
            ("procrun stop worker", "every worker; the app goes on"),
            ("procrun stop", "end the app and wait until nothing of it is left"),
        ),
    ),
    Command(
        "scale",
        "[TYPE=N|TYPE+N|TYPE-N…]",
        "change how many of a type run, or print how many do",
        "scale:scale",
        examples=(
            ("procrun scale web=2", "two of web; the others stay as they are"),
            ("procrun scale worker+1 clock=0", "one worker more and no clock"),
            ("procrun scale all=1", "one of each type"),
            ("procrun scale", "as it is: web=2:Eco worker=1:Eco"),
        ),
    ),
    Command(
        "kill",
        "NAME…",
        "send a signal to processes of the running app",
        "remote:kill",
        (Option(("-s", "--signal"), "its name or number (TERM)", "SIGNAL"),),
        (
            ("procrun kill -s USR1 web", "to the first process of each web dyno"),
            ("procrun kill -s KILL worker.1", "as if it had crashed"),
        ),
    ),
    Command(
        "wait",
        "",
        "wait until the app is ready",
        "wait:wait",
        (
            Option(("--ready",), "what web is to show besides", "SIGN"),
            Option(("--timeout",), "when to give up (60); 0: never", "SECONDS"),
            Option(("-t", "--type"), "wait for this type alone", "TYPE"),
        ),
        (
            ("procrun wait", "then go on: `procrun wait && ./smoke-test`"),
            ("procrun wait --ready http:/health", "once that path answers as well"),
        ),
    ),
    Command(
        "maintenance",
        "[on|off]",
        "have the router turn all requests away, or serve them again",
        "maintenance:maintenance",
        examples=(
            ("procrun maintenance on", "503 for everybody; the processes go on"),
            ("procrun maintenance off", "serve again"),
            ("procrun maintenance", "print whether it is on"),
        ),
        choices=("on", "off"),
    ),
    Command(
        "with",
        "[TYPE[=N]…] -- COMMAND [ARG…]",
        "run a command beside an app that is started for it",
        "with_:with_",
        (
            Option(("--ready",), "what web is waited for (any answer on /)", "SIGN"),
            Option(("--timeout",), "when to give up waiting (30); 0: never", "SECONDS"),
            Option(
                ("--logs",),
                "show the app's log: always, failed or never (failed)",
                "WHEN",
                choices=tuple(each.value for each in ShowLog),
            ),
            Option(
                ("--pass-env",),
                "variables of yours for the app",
                "NAME,…",
                "pass_env",
                several=True,
            ),
            SET,
        ),
        (
            ("procrun with -- npm test", "beside web, whose address is in BASE_URL"),
            ("procrun with -- 'curl -f $BASE_URL/health'", "one word goes to the shell"),
            ("procrun with web worker=2 -- pytest -x", "beside a web and two workers"),
            ("procrun with --ready http:/health -- ./smoke", "once that path answers well"),
            ("procrun with -e .env.ci --logs always -- ./e2e", "not .env.test; with the log"),
        ),
    ),
    Command(
        "open",
        "[PATH]",
        "open the running app in your browser",
        "browser:open_",
        examples=(
            ("procrun open", "its URL, which is printed as well"),
            ("procrun open /admin", "a page of it"),
            ("BROWSER=lynx procrun open", "in another browser"),
        ),
    ),
    Command(
        "info",
        "",
        "describe the app: URLs, processes, release, files",
        "about:about",
        (SHELL, JSON),
        (
            ("procrun info", "the values of its config vars are masked"),
            ("procrun info -s", "lines name=value, quoted for a shell"),
            ("procrun info --json", "one JSON object"),
        ),
    ),
    Command(
        "attach",
        "NAME",
        "attach this terminal to a process of the running app",
        "attach:attach",
        (DETACH_KEY,),
        (
            ("procrun attach web.1", "answer its debugger; Ctrl-\\ leaves"),
            ("procrun attach --detach-key ^] web", "leave with another key"),
            ("echo go | procrun attach worker", "type a line into it"),
        ),
    ),
)
