import { useState } from "preact/hooks";
import { api } from "../../api.ts";
import type { ImportAnswer } from "../../api-types.ts";
import { faultText } from "../../faults.ts";
import { countText, plural } from "../../format.ts";
import { ActionError, Dialog, useAction } from "../../ui/controls.tsx";
import { CsvFields } from "../../ui/csv-fields.tsx";
import { StateBadge } from "../../ui/figures.tsx";

const example = "id,name,domains,external:zendesk,owner,segment,seats\nacme,Acme GmbH,acme.com;acme.de,4711,ann@example.com,enterprise,120";

function Result({ answer }: { answer: ImportAnswer }) {
  return (
    <div role="status" class="form">
      <p>
        <StateBadge tone={answer.rejectedRows === 0 ? "good" : "warn"}>{plural(answer.imported, "account")} imported</StateBadge>{" "}
        {answer.rejectedRows === 0
          ? "Nothing was refused."
          : `${plural(answer.rejectedRows, "line")} refused: mend them and import the file again; what is in already is updated.`}
      </p>
      {answer.rejected.length === 0 ? null : (
        <table class="table">
          <caption class="unseen">Lines that were refused</caption>
          <thead>
            <tr>
              <th scope="col" class="num changes-number">
                Line
              </th>
              <th scope="col">Account</th>
              <th scope="col">Why</th>
            </tr>
          </thead>
          <tbody>
            {answer.rejected.map((row) => (
              <tr key={row.line}>
                <td class="num">{countText(row.line)}</td>
                <td>{row.id ?? "–"}</td>
                <td class="wrap">{faultText(row.detail, row.pointer)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}

export function ImportAccounts({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState("");
  const [answer, setAnswer] = useState<ImportAnswer | null>(null);
  const [moves, setMoves] = useState(false);
  const action = useAction(async () => setAnswer(await api.importAccounts(text, moves)));
  return (
    <Dialog title="Import accounts from CSV" onClose={onClose} wide>
      <form
        class="form form-wide"
        onSubmit={(event) => {
          event.preventDefault();
          void action.start();
        }}
      >
        <CsvFields
          text={text}
          onText={setText}
          hint="First row: id, name, domains, external:{system}; every other column becomes an attribute. At most 2,000 rows in a file."
          example={example}
        />
        <label class="check">
          <input type="checkbox" checked={moves} onChange={(event) => setMoves(event.currentTarget.checked)} />
          Take domains and ids that belong to other accounts, and the events that came by them
        </label>
        <ActionError error={action.error} />
        <button type="submit" class="button button-main" disabled={action.busy || text.trim() === ""}>
          {action.busy ? "Importing…" : "Import"}
        </button>
      </form>
      {answer === null ? null : <Result answer={answer} />}
    </Dialog>
  );
}
