import { scenarioIds, scenarios } from "../scenarios.ts";
import { address, go } from "./state.ts";

export function CompareChooser() {
  const { compared, scenario, changes } = address.value;
  return (
    <label class="chooser">
      <span class="label">Compare with</span>{" "}
      <select
        value={compared ?? ""}
        onChange={(event) => {
          const id = scenarioIds.find((one) => one === event.currentTarget.value);
          go({ ...address.value, compared: id });
        }}
      >
        <option value="">nothing</option>
        {scenarioIds
          .filter((id) => id !== scenario || changes.length > 0)
          .map((id) => (
            <option key={id} value={id}>
              {id === scenario ? "itself, unchanged" : scenarios[id].title}
            </option>
          ))}
      </select>
    </label>
  );
}
