"""`freshfront`: the command line. Exit codes: 0 done, 1 failed, 2 the input or the request was refused (in all
warehouses), 3 done except for the warehouses named, 130 stopped by Ctrl-C."""

import sys
from collections.abc import Callable

from rich.console import Console

from data.backups.problems import BackupProblem
from data.importers.problems import BadFile
from data.languages import reworded, say
from data.schema_state import SchemaIsNotCurrent
from flows.commands.shell.language import speak_as_asked
from flows.commands.shell.on_demand import CommandOnDemand as Command
from flows.commands.shell.on_demand import group
from flows.commands.stopped import INTERRUPTED, STOPPED
from flows.errors import Refusal
from flows.failures import in_words
from flows.for_each_warehouse import SomeWarehousesFailed

DEMAND, PURCHASING, WAREHOUSES, COLDCHAIN, WORTH, OPERATING = (
    f"flows.commands.{room}" for room in ("demand", "purchasing", "warehouses", "coldchain", "worth", "operating")
)

freshfront = group(
    "Demand forecasts, purchase plans, slots and cold-chain alarms for the front warehouses of a fresh-food shop.",
    {
        "run": Command(
            f"{OPERATING}.running:run",
            "Run all of it on this machine until Ctrl-C, with a sample region if the database is empty.",
        ),
        "sign-in": Command(f"{OPERATING}.access:sign_in", "Print addresses that sign in to the pages."),
        "import": Command(
            f"{OPERATING}.importing:import_", "Import files: of one kind, or each by its name; or a folder."
        ),
        "sales": Command(
            f"{DEMAND}.booking:sales",
            "Book sales from imported order lines, of days that are over and whose lines changed.",
        ),
        "weather": Command(
            f"{DEMAND}.forecasting:weather",
            "Fetch the weather of every warehouse from Open-Meteo: observed up to yesterday, and the forecast issued "
            "now.",
        ),
        "train": Command(
            f"{DEMAND}.forecasting:train",
            "Train the demand models: what the region shares, and a model for each warehouse.",
        ),
        "forecast": Command(
            f"{DEMAND}.forecasting:forecast", "Forecast the next 14 days of every product in every warehouse."
        ),
        "plan": group(
            "Purchase plans: made as drafts, looked at, approved, exported.",
            {
                "make": Command(
                    f"{PURCHASING}.planning:make",
                    "Make a draft purchase plan of what must be ordered now, over all warehouses together.",
                ),
                "show": Command(f"{PURCHASING}.planning:show", "Print what a plan comes to, and its lines."),
                "what-if": Command(
                    f"{PURCHASING}.plan_what_if:what_if",
                    "Compare the plan as things are with the plan if a farm failed, a delivery came late, rain stopped "
                    "a harvest, a promotion were added or the budget cut.",
                ),
                "approve": Command(
                    f"{PURCHASING}.planning:approve",
                    "Turn a draft into purchase orders, one a supplier, warehouse and delivery date.",
                ),
                "discard": Command(f"{PURCHASING}.planning:discard", "Put a draft away: nothing of it is ordered."),
                "export": Command(f"{PURCHASING}.planning:export", "Write a plan's lines to a file for a spreadsheet."),
            },
        ),
        "orders": group(
            "Purchase orders: what was ordered, and what became of it.",
            {
                "list": Command(
                    f"{PURCHASING}.ordering:listing",
                    "List purchase orders, the latest due first: those of which something is to come.",
                ),
                "show": Command(
                    f"{PURCHASING}.ordering:show",
                    "Print a purchase order: its lines, what became of them, and what happened to it.",
                ),
                "place": Command(
                    f"{PURCHASING}.ordering:place",
                    "Enter a purchase order that was placed by hand, by phone say. What came since it was placed "
                    "counts against it.",
                ),
                "send": Command(
                    f"{PURCHASING}.sending:send",
                    "Send a purchase order to its supplier by mail or chat, or note that it was told by phone.",
                ),
                "send-all": Command(
                    f"{PURCHASING}.sending:send_every", "Send every purchase order that no supplier was told of yet."
                ),
                "document": Command(
                    f"{PURCHASING}.sending:document", "Write a purchase order to a file: PDF, XLSX, CSV or UBL."
                ),
                "link": Command(
                    f"{PURCHASING}.sending:link",
                    "Print an address at which the supplier confirms a purchase order, once.",
                ),
                "revoke-links": Command(f"{PURCHASING}.sending:revoke", "End all links of a purchase order."),
                "confirm": Command(
                    f"{PURCHASING}.ordering:confirm",
                    "Note what the supplier will bring of a purchase order: in full, or less of some lines.",
                ),
                "receive": Command(
                    f"{PURCHASING}.ordering:receive",
                    "Take in what came of a purchase order: all that is outstanding, or so much of some lines.",
                ),
                "cancel": Command(
                    f"{PURCHASING}.ordering:cancel",
                    "Cancel what has not come of a purchase order, or of one of its lines.",
                ),
            },
        ),
        "stock": group(
            "Stock: what a warehouse has and will need, counts, write-offs, blocked lots, recalls.",
            {
                "show": Command(
                    f"{WAREHOUSES}.stock:show",
                    "Print the stock of warehouses as expected: on the shelf, arriving, sold until the next delivery, "
                    "what runs out and what will expire; with --lots each lot too.",
                ),
                "count": Command(
                    f"{WAREHOUSES}.stock:count",
                    "Keep what was counted in a warehouse: of lots, of products, or all there is.",
                ),
                "write-off": Command(
                    f"{WAREHOUSES}.stock:take_out",
                    "Take quantities out of lots: expired, damaged, for another reason, marked down or given away.",
                ),
                "block": Command(
                    f"{WAREHOUSES}.stock:block", "Block a lot: nothing is dispatched from it, and no plan counts it."
                ),
                "unblock": Command(f"{WAREHOUSES}.stock:unblock", "Let a lot be dispatched again."),
                "trace": Command(
                    f"{WAREHOUSES}.stock:trace",
                    "Print where a lot came from and where it went: farm, receipts, purchase orders, warehouses, and "
                    "the customers' order lines of its product while it may have been sold from.",
                ),
            },
        ),
        "slots": group(
            "Slots: where a product should lie.",
            {
                "suggest": Command(
                    f"{WAREHOUSES}.slotting:suggest",
                    "Suggest a slot for every product, and the moves that are worth making.",
                ),
                "replay": Command(
                    f"{WAREHOUSES}.slot_files:replay",
                    "Tell how far picks are walked in a layout, from files.",
                ),
                "assign": Command(
                    f"{WAREHOUSES}.slot_files:assign",
                    "Assign slots so that picks are walked least, or list the carries that help most, from files.",
                ),
            },
        ),
        "coldchain": group(
            "The cold chain: what is wrong now, and what rules would have made of the past.",
            {
                "alarms": Command(f"{COLDCHAIN}.coldchain:alarms", "List the alarms that have not ended."),
                "sensors": Command(
                    f"{COLDCHAIN}.coldchain:sensors",
                    "List the sensors by zone: what each said last, and whether it is online.",
                ),
                "retire": Command(
                    f"{COLDCHAIN}.coldchain:retire",
                    "Retire a sensor that is broken, replaced or taken down.",
                ),
                "replay": Command(
                    f"{COLDCHAIN}.coldchain:replay",
                    "Run a rule set over past readings: what it would have raised, missed and cost. Nothing is kept.",
                ),
                "log": Command(
                    f"{COLDCHAIN}.zone_log:log",
                    "Write the log of a zone to a file, PDF or CSV: readings, gaps, excursions, alarms and what was "
                    "done about them.",
                ),
                "seal": Command(
                    f"{COLDCHAIN}.records:seal",
                    "Seal the readings, alarms and actions written since, as the watcher does every minute.",
                ),
                "verify": Command(
                    f"{COLDCHAIN}.records:verify",
                    "Check every reading, alarm, acknowledgement and action against its seal, name what was changed, "
                    "removed or put in, and seal what is new.",
                ),
            },
        ),
        "quarantine": group(
            "Messages of sensors that could not be kept, for what is wrong with them: read, replayed, discarded.",
            {
                "list": Command(
                    f"{COLDCHAIN}.quarantine:listing",
                    "List the messages in the quarantine: when each came, on which topic, and why it could not be "
                    "kept.",
                ),
                "show": Command(f"{COLDCHAIN}.quarantine:show", "Print a message of the quarantine with what it says."),
                "replay": Command(
                    f"{COLDCHAIN}.quarantine:replay",
                    "Keep messages of the quarantine after all, once what was wrong is mended: their sensor is "
                    "registered, say.",
                ),
                "discard": Command(
                    f"{COLDCHAIN}.quarantine:discard", "Remove messages from the quarantine: what they say is lost."
                ),
            },
        ),
        "mappings": group(
            "How payloads of devices are read that are neither in our form nor SenML: tried on samples, kept, removed.",
            {
                "list": Command(
                    f"{COLDCHAIN}.mappings:listing", "List the mappings: on which topics, and where each value stands."
                ),
                "show": Command(f"{COLDCHAIN}.mappings:show", "Print a mapping as JSON, as `keep` takes it."),
                "keep": Command(
                    f"{COLDCHAIN}.mappings:keep",
                    "Keep the mapping of a file in place of the one of its name; the watcher listens to its topic.",
                ),
                "remove": Command(
                    f"{COLDCHAIN}.mappings:remove", "Forget a mapping: messages on its topics are read as any others."
                ),
                "try": Command(
                    f"{COLDCHAIN}.mappings:attempt",
                    "Try a mapping on samples: which sensor, time and values are read from each.",
                ),
            },
        ),
        "models": group(
            "The demand models that are kept: which serve, and going back.",
            {
                "list": Command(
                    f"{DEMAND}.models:listing",
                    "List models: up to when and with which code they were trained, their scores, and which one "
                    "serves.",
                ),
                "rollback": Command(f"{DEMAND}.models:rollback", "Go back to the models that served before."),
            },
        ),
        "what-if": Command(
            f"{DEMAND}.promoting:what_if",
            "Forecast what a promotion would change: its product and the other products of the category.",
        ),
        "promotion-effects": Command(
            f"{DEMAND}.promoting:promotion_effects",
            "Learn what promotions did - uplift, the dip after, what siblings lost - and keep it.",
        ),
        "couriers": group(
            "Couriers of planned days.",
            {
                "what-if": Command(
                    f"{WAREHOUSES}.courier_what_if:courier_what_if",
                    "Compare what a day's planned couriers keep of the promise as things are with what they would if "
                    "it rained, more were ordered or some of them were ill.",
                ),
            },
        ),
        "backtest": Command(
            f"{DEMAND}.reporting:backtest",
            "Forecast past days as they would have been forecast then, and write the forecasts to a file.",
        ),
        "report": group(
            "Reports to keep: a page that opens anywhere, and its figures as data.",
            {
                "accuracy": Command(
                    f"{DEMAND}.reporting:accuracy",
                    "Forecast past days as they would have been forecast then, beside baselines, and report how well.",
                ),
                "days": Command(
                    f"{WORTH}.morning:days",
                    "Add up what the days of every warehouse were worth, for the morning report, and review the "
                    "promotions that are over.",
                ),
                "feeds": Command(
                    f"{WORTH}.feeds:feeds",
                    "Look for broken data of every warehouse, and print what is wrong with them.",
                ),
                "morning": Command(
                    f"{WORTH}.morning:morning",
                    "Print what a day, week or four weeks were worth beside the time before and the targets, or write "
                    "it as CSV.",
                ),
                "suppliers": Command(
                    f"{WORTH}.suppliers:suppliers",
                    "Print how suppliers kept to what was ordered over whole weeks, and what that cost, or write it as "
                    "CSV.",
                ),
                "promotions": Command(
                    f"{WORTH}.promotions:promotions",
                    "Print what promotions did beside what was planned and whether they earned money, or write it as "
                    "CSV.",
                ),
                "target": Command(f"{WORTH}.morning:target", "Set what a figure of the morning report should come to."),
            },
        ),
        "assortment": group(
            "The range of each warehouse: what is proposed to change, and what is decided of it.",
            {
                "propose": Command(
                    f"{WAREHOUSES}.assortment:propose",
                    "Judge the range of every warehouse now and propose what to change.",
                ),
                "list": Command(
                    f"{WAREHOUSES}.assortment:listing", "List proposals to change ranges, those with most money first."
                ),
                "accept": Command(
                    f"{WAREHOUSES}.assortment:accept", "Accept a proposal: the range changes from a day on."
                ),
                "refuse": Command(
                    f"{WAREHOUSES}.assortment:refuse",
                    "Refuse a proposal: it is not made again for 13 weeks, unless its money doubles.",
                ),
                "take-back": Command(
                    f"{WAREHOUSES}.assortment:take_back",
                    "Take back what was decided of a proposal; what was accepted until its day has come.",
                ),
            },
        ),
        "trial": group(
            "Trials: a challenger beside what holds, by warehouse, and its promotion.",
            {
                "start": Command(
                    f"{WORTH}.trials:start",
                    "Begin a trial of a challenger by warehouse, laid out on what the warehouses' days were so far.",
                ),
                "list": Command(
                    f"{WORTH}.trials:listing", "List trials, the one begun last first, with what each has shown."
                ),
                "show": Command(
                    f"{WORTH}.trials:show",
                    "Print a trial: how it is laid out, who is in which arm today, and what each look has shown.",
                ),
                "look": Command(
                    f"{WORTH}.trials:look",
                    "Look at the trial that runs, if a period of it has ended. Part of the daily flow.",
                ),
                "stop": Command(
                    f"{WORTH}.trials:stop", "Stop a trial: every warehouse is in the champion's arm from now on."
                ),
                "promote": Command(
                    f"{WORTH}.trials:promote",
                    "Make a trial's challenger what holds everywhere: its terms are set, its models serve.",
                ),
            },
        ),
        "key": group(
            "API keys. A key is shown once, when it is made.",
            {
                "create": Command(f"{OPERATING}.access:create", "Make a key and print it."),
                "list": Command(f"{OPERATING}.access:listing", "List the keys that are valid, without their secrets."),
                "rotate": Command(
                    f"{OPERATING}.access:rotate",
                    "Make a new key for the same holder, role and warehouses; the old one works until its hours are "
                    "over.",
                ),
                "revoke": Command(
                    f"{OPERATING}.access:revoke",
                    "End a key, an address or a session, and the sessions opened with it, at once.",
                ),
            },
        ),
        "audit": Command(f"{OPERATING}.auditing:audit", "Print who decided what, the latest first."),
        "db": group(
            "The database: its schema, forwards and back, and warehouses removed from it.",
            {
                "upgrade": Command(
                    f"{OPERATING}.database:upgrade", "Create the database's tables, or bring them to this version."
                ),
                "downgrade": Command(
                    f"{OPERATING}.database:downgrade",
                    "Take the database's tables back to an older version's, and say before what that loses.",
                ),
                "remove": Command(f"{OPERATING}.database:remove", "Remove warehouses with all that belongs to them."),
            },
        ),
        "backup": Command(f"{OPERATING}.keeping:backup", "Back up the database, while others use it, to one file."),
        "restore": Command(f"{OPERATING}.keeping:restore", "Make the database that the settings name from a backup."),
        "prune": Command(f"{OPERATING}.keeping:prune", "Remove what is older than FRESHFRONT_RETENTION_... keeps it."),
        "sample": Command(
            f"{OPERATING}.sample:sample",
            "Fill an empty database with the sample region: the same options give the same region to the byte.",
        ),
        "furnish": Command(
            f"{OPERATING}.sample:furnish",
            "Make up suppliers, offers, prices and floors for warehouses of which only sales are known, to try "
            "Freshfront.",
        ),
        "serve": Command(f"{OPERATING}.processes:serve", "Run the service: API and pages."),
        "watch": Command(f"{OPERATING}.processes:watch", "Take readings by MQTT, raise and end alarms, tell webhooks."),
        "broker": Command(f"{OPERATING}.processes:broker", "Run the built-in MQTT broker, for one machine."),
        "flows": group(
            "The flows of the day.",
            {
                "serve": Command(
                    f"{OPERATING}.processes:serve_flows",
                    "Run the day's flow by its schedule, and whenever it is started on Prefect's page (needs "
                    "PREFECT_API_URL).",
                ),
            },
        ),
        "simulate": group(
            "What stands in for a shop that is not there.",
            {
                "buying": Command(
                    f"{PURCHASING}.simulating:buying",
                    "Play days of true demand through ways of buying, by the real steps, and say what each earns, "
                    "wastes and lacks.",
                ),
                "sensors": Command(
                    f"{OPERATING}.processes:simulate_sensors", "Publish live readings of the sample region's sensors."
                ),
            },
        ),
    },
)


def main() -> None:
    """Runs a command; what it refuses, and what stands in its way, is a line on standard error, not a traceback."""
    speak_as_asked()
    sys.exit(exit_code_of(lambda: freshfront(prog_name="freshfront")))


def exit_code_of(command: Callable[[], None]) -> int:
    """Runs a command and returns its exit code; its errors are told, as far as words help with them."""
    try:
        command()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 0 if ended.code is None else 1
        if code == INTERRUPTED:
            _say(say(STOPPED))
        return code
    except SomeWarehousesFailed as error:
        _say(str(error))
        return 2 if error.summary.only_refused else 3
    except Refusal as error:
        _say(str(error))
        return 2
    except (BadFile, SchemaIsNotCurrent, BackupProblem) as error:
        _say(reworded(str(error)))
        return 2
    except KeyboardInterrupt:
        _say(say(STOPPED))
        return INTERRUPTED
    except Exception as error:
        if (said := in_words(error)) is None:
            raise
        _say(said)
        return 1
    return 0


def _say(text: str) -> None:
    Console(stderr=True, soft_wrap=True, highlight=False).print(text, markup=False)
