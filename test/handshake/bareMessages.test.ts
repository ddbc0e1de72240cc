import { cases } from "../cases/bareMessages.ts";
import { register } from "./register.ts";

register(cases);
