import { cases } from "../cases/earlyData.ts";
import { register } from "./register.ts";

register(cases);
