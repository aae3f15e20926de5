// What AsyncAPI's own parser makes of documents, as JSON: of each its faults, the names of the messages by topic, and
// which records are not what their message says. `node check.cjs RECORDS FILE...`, with the parser on NODE_PATH.
const { Parser, fromFile } = require("@asyncapi/parser");
const Ajv = require("ajv");
const addFormats = require("ajv-formats");
const { readFileSync } = require("fs");

async function main(recordsFile, files) {
  const records = JSON.parse(readFileSync(recordsFile));
  const found = [];
  for (const file of files) {
    const { document, diagnostics } = await fromFile(new Parser(), file).parse();
    found.push({
      faults: diagnostics.map(({ message }) => message),
      topics: document ? topics(document) : {},
      misfits: document ? misfits(document, records) : [],
    });
  }
  process.stdout.write(JSON.stringify(found));
}

const topics = (document) =>
  Object.fromEntries(document.channels().all().map((each) => [each.address(), each.messages().all().map((m) => m.name())]));

function misfits(document, records) {
  const ajv = addFormats(new Ajv({ strict: false, validateSchema: false }));
  const checks = new Map(
    document.messages().all().map((m) => [m.name(), [ajv.compile(plain(m.payload())), ajv.compile(plain(m.headers()))]]),
  );
  return records.filter(({ message, payload, headers }) => {
    const [ofPayload, ofHeaders] = checks.get(message);
    return !ofPayload(payload) || !ofHeaders(headers);
  });
}

// A schema as the parser has put it together, without the names of the files its parts came from.
const plain = (schema) =>
  JSON.parse(JSON.stringify(schema?.json() ?? {}, (key, value) => (key === "$schema" || key === "$id" ? undefined : value)));

main(process.argv[2], process.argv.slice(3));
