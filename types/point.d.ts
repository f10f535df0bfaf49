/** What the classic scripts of `extension/point/` share: in a page they have no modules to share it by. */

interface TabtalkPlace {
  x: number;
  y: number;
}
interface TabtalkArea {
  width: number;
  height: number;
}
type TabtalkBox = TabtalkPlace & TabtalkArea;
/** -1, 0 or 1 each. */
interface TabtalkStep {
  right: number;
  down: number;
}

interface TabtalkMarkerWords {
  label: string;
  help: string;
  leave: string;
  /** Placeholders: percent from the left, from the top, of the width, of the height. */
  where: (left: string, top: string, width: string, height: string) => string;
}
interface TabtalkMarker {
  /** What shows it and takes the focus. */
  readonly surface: HTMLElement;
  /** What the person marked, in pixels of the surface; null when they left. */
  readonly marked: Promise<TabtalkBox | null>;
  leave(): void;
  end(): void;
}

declare var tabtalkBoxes: {
  between(one: TabtalkPlace, other: TabtalkPlace, area: TabtalkArea): TabtalkBox;
  within(sides: { left: number; top: number; right: number; bottom: number }, area: TabtalkArea): TabtalkBox;
  middle(area: TabtalkArea): TabtalkBox;
  moved(box: TabtalkBox, step: TabtalkStep, area: TabtalkArea): TabtalkBox;
  grown(box: TabtalkBox, step: TabtalkStep, area: TabtalkArea): TabtalkBox;
  isLarge(box: TabtalkBox): boolean;
  shares(box: TabtalkBox, area: TabtalkArea): TabtalkBox;
};
declare var TabtalkMarker: new (
  place: ShadowRoot,
  words: TabtalkMarkerWords,
  elementAt?: (place: TabtalkPlace) => TabtalkBox | null,
) => TabtalkMarker;
/** Leaves the pointing that goes on in this page. */
declare var tabtalkLeavePointing: (() => void) | undefined;
