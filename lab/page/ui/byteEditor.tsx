import { useEffect, useRef, useState } from "preact/hooks";
import { fromHex, toHex } from "../../../src/wire/bytes.ts";
import { change } from "./state.ts";
import type { MessageStep } from "./steps.ts";
import { hex } from "./words.ts";

interface Props {
  readonly message: MessageStep;
  readonly offset: number;
  readonly fieldName: string;
  readonly onClose: () => void;
}

/** Other bytes in the place of those from `offset` on. */
export function ByteEditor({ message, offset, fieldName, onClose }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const [wrong, setWrong] = useState("");
  const now = toHex(message.bytes.subarray(offset, offset + 1));

  useEffect(() => {
    setWrong("");
    if (input.current !== null) {
      input.current.value = now;
      input.current.select();
      input.current.focus({ preventScroll: true });
    }
  }, [offset, now]);

  function apply(event: Event): void {
    event.preventDefault();
    try {
      const bytes = fromHex(input.current?.value ?? "");
      if (bytes.length === 0) throw new RangeError("expected at least one byte");
      const room = message.bytes.length - offset;
      if (bytes.length > room) throw new RangeError(`only ${room} bytes are left of this message`);
      if (toHex(bytes) === toHex(message.bytes.subarray(offset, offset + bytes.length))) {
        throw new RangeError("these bytes are there already");
      }
      change({ kind: "bytes", message: { name: message.name, nth: message.nth }, offset, bytes });
      onClose();
    } catch (error) {
      setWrong(error instanceof Error ? error.message : String(error));
    }
  }

  return (
    <form class="editor" onSubmit={apply} onKeyDown={(event) => event.key === "Escape" && onClose()}>
      <label for="byte">
        Byte {offset} <span class="dim">(0x{hex(offset, 4)})</span> of <code>{fieldName}</code>
      </label>
      <input
        id="byte"
        ref={input}
        class="code"
        size={10}
        autocomplete="off"
        spellcheck={false}
        aria-invalid={wrong !== ""}
        aria-describedby="byte-help"
      />
      <button type="submit" class="primary">
        Change it
      </button>
      <button type="button" onClick={onClose}>
        Leave it
      </button>
      <p id="byte-help" class={wrong === "" ? "dim" : "wrong"} role={wrong === "" ? undefined : "alert"}>
        {wrong === ""
          ? "Hexadecimal, one byte or more. The server goes on as if it had meant them: its transcript and its keys go along."
          : wrong}
      </p>
    </form>
  );
}
