// A cell's editor: CodeMirror in the colours that the page has for code.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { pythonLanguage } from "@codemirror/lang-python";
import { bracketMatching, HighlightStyle, indentOnInput, indentUnit, LanguageSupport, syntaxHighlighting } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, keymap } from "@codemirror/view";
import { tags } from "@lezer/highlight";

// The classes are those of Pygments, whose colours the page has, light and dark.
const PYGMENTS = [
  [tags.keyword, "k"],
  [[tags.controlKeyword, tags.definitionKeyword, tags.moduleKeyword], "k"],
  [tags.operatorKeyword, "ow"],
  [[tags.operator, tags.arithmeticOperator, tags.compareOperator, tags.definitionOperator, tags.updateOperator], "o"],
  [tags.comment, "c1"],
  [[tags.string, tags.special(tags.string)], "s2"],
  [tags.escape, "se"],
  [tags.integer, "mi"],
  [[tags.float, tags.number], "mf"],
  [[tags.bool, tags.null, tags.self], "kc"],
  [tags.function(tags.definition(tags.variableName)), "nf"],
  [tags.definition(tags.className), "nc"],
  [tags.meta, "nd"],
].map(([tag, name]) => ({ tag, class: name }));

const LOOK = EditorView.theme({
  "&": { background: "transparent", color: "inherit" },
  "&.cm-focused": { outline: "2px solid currentColor", outlineOffset: "-2px" },
  ".cm-content": { fontFamily: "inherit", padding: "0", caretColor: "currentColor" },
  ".cm-line": { padding: "0" },
  ".cm-scroller": { fontFamily: "inherit", lineHeight: "inherit", overflowX: "auto" },
  ".cm-cursor": { borderLeftColor: "currentColor" },
});

const common = (changed) => [
  history(),
  drawSelection(),
  EditorView.lineWrapping,
  EditorView.updateListener.of((update) => {
    if (update.docChanged) changed(update.state.doc.toString());
  }),
  LOOK,
];

// A field for words: Tab leaves it, and the browser may look at the spelling.
const prose = (label) => [
  EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "true" }),
  keymap.of([...historyKeymap, ...defaultKeymap]),
];

// mount(place, options) puts an editor into an element and returns {text, set, focus, element}.
export function mount(place, { source, label, changed, run, complete, prose: words = false }) {
  const names = async (context) => {
    const before = context.matchBefore(/[\w.]+/);
    if (!before || (!context.explicit && !before.text.includes(".") && before.text.length < 2)) return null;
    const found = await complete(before.text);
    if (!found?.length) return null;
    const dot = before.text.lastIndexOf(".");
    const options = found.map((name) => ({ label: name.slice(name.lastIndexOf(".") + 1) }));
    return { from: before.from + dot + 1, options, validFor: /^\w*$/ };
  };
  const keys = [
    { key: "Shift-Enter", run: () => (run("next"), true) },
    { key: "Mod-Enter", run: () => (run("stay"), true) },
    { key: "Alt-Enter", run: () => (run("above"), true) },
  ];
  const python = () => [
    keymap.of(keys), // before CodeMirror's own
    indentUnit.of("    "),
    EditorState.tabSize.of(4),
    indentOnInput(),
    bracketMatching(),
    closeBrackets(),
    new LanguageSupport(pythonLanguage),
    syntaxHighlighting(HighlightStyle.define(PYGMENTS)),
    autocompletion({ override: [names], icons: false }),
    EditorView.contentAttributes.of({ "aria-label": label, autocapitalize: "off", spellcheck: "false" }),
    // Tab indents; Escape, then Tab, leaves the editor.
    keymap.of([...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...defaultKeymap, indentWithTab]),
  ];
  const view = new EditorView({
    parent: place,
    state: EditorState.create({ doc: source, extensions: [words ? prose(label) : python(), common(changed)] }),
  });
  return {
    element: view.dom,
    text: () => view.state.doc.toString(),
    set: (text) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }),
    focus: () => view.focus(),
  };
}
