/** The only script of the portal: the switch between light and dark, and the search. Pages read well without it. */
import { startColors } from "./colors.ts";
import { startSearch } from "./search.ts";

startColors();
startSearch();
