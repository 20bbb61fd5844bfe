import { join } from 'node:path';
import ts from 'typescript';
import { entriesOf, folderOf, manifestOf, type Folder } from './packages.js';

const EXPANDED =
  ts.NodeBuilderFlags.NoTruncation |
  ts.NodeBuilderFlags.MultilineObjectLiterals |
  ts.NodeBuilderFlags.UseAliasDefinedOutsideCurrentScope |
  ts.NodeBuilderFlags.IgnoreErrors |
  ts.NodeBuilderFlags.InTypeAlias;

/** Of a constant that is not exported: what a schema makes of itself fills pages, and its exported type says it all. */
const LONGEST_CONSTANT_LINES = 40;

const printer = ts.createPrinter({ removeComments: true });

/** What a package lets be imported, as text for review: each entry's exports, and what these are made of. */
export function publicSurfaceOf(folder: Folder): string {
  const { name } = manifestOf(folder);
  const entries = entriesOf(manifestOf(folder)).map(({ specifier, types }) => ({
    specifier,
    file: join(folderOf(folder), types),
  }));
  const program = ts.createProgram(
    entries.map(({ file }) => file),
    {
      target: ts.ScriptTarget.ES2023,
      lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      strict: true,
      types: ['node'],
    },
  );
  const surface = new Surface(program, join(folderOf(folder), 'dist'));
  const exported = entries.map(
    ({ specifier, file }) => `## ${specifier}\n\n${fenced(surface.exportsOf(file))}`,
  );
  const reached = surface.reached();
  return [
    `# The public surface of ${name}`,
    'Written by `npm run api` from the types that are built, compared by a test. A line that changes here changes for hosts.',
    '<!-- prettier-ignore-start -->',
    ...exported,
    ...(reached.length > 0 ? [`## Named by these, and not exported\n\n${fenced(reached)}`] : []),
    '<!-- prettier-ignore-end -->\n',
  ].join('\n\n');
}

function fenced(declarations: readonly string[]): string {
  return `\`\`\`ts\n${declarations.join('\n')}\n\`\`\``;
}

/** Prints declarations, and remembers which others of the same package they name. */
class Surface {
  private readonly checker: ts.TypeChecker;
  private readonly printed = new Set<ts.Symbol>();
  private readonly waiting = new Set<ts.Symbol>();

  constructor(
    private readonly program: ts.Program,
    private readonly root: string,
  ) {
    this.checker = program.getTypeChecker();
  }

  /** By name. */
  exportsOf(file: string): string[] {
    const source = this.program.getSourceFile(file);
    const module = source && this.checker.getSymbolAtLocation(source);
    if (!module) throw new Error(`${file} is not there: build the packages first (npm run build)`);
    return this.checker
      .getExportsOfModule(module)
      .toSorted((one, other) => compare(one.name, other.name))
      .map((symbol) => this.print(this.aliased(symbol), symbol.name));
  }

  /** What the exports name, and so on, by name. */
  reached(): string[] {
    const found = new Map<string, string>();
    for (const symbol of this.waiting)
      if (!this.printed.has(symbol))
        found.set(`${symbol.name} ${found.size}`, shortened(symbol, this.print(symbol, symbol.name)));
    return [...found].toSorted(([one], [other]) => compare(one, other)).map(([, text]) => text);
  }

  private aliased(symbol: ts.Symbol): ts.Symbol {
    return symbol.flags & ts.SymbolFlags.Alias ? this.checker.getAliasedSymbol(symbol) : symbol;
  }

  private print(symbol: ts.Symbol, name: string): string {
    this.printed.add(symbol);
    const declarations = (symbol.declarations ?? []).filter((one) => !ts.isModuleDeclaration(one));
    const first = declarations[0];
    const foreign = first && !this.isOurs(first);
    if (!first || foreign) return `// ${name}, of another package`;
    const texts = declarations.map((one) => this.printDeclaration(one));
    const renamed = symbol.name === name ? '' : ` // exported as ${name}`;
    return texts.join('\n') + renamed;
  }

  private isOurs(node: ts.Node): boolean {
    return node.getSourceFile().fileName.startsWith(this.root);
  }

  private printDeclaration(declaration: ts.Declaration): string {
    // A variable's declaration stands in a statement with its keyword.
    const node = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
    if (ts.isTypeAliasDeclaration(node) && isComputed(node.type)) return this.printComputed(node);
    this.note(node);
    return printed(node, node.getSourceFile());
  }

  /** What a schema takes is told by the type that comes out of it. */
  private printComputed(node: ts.TypeAliasDeclaration): string {
    const type = this.checker.getTypeAtLocation(node.name);
    const expanded = this.checker.typeToTypeNode(type, node, EXPANDED) ?? node.type;
    this.note(expanded);
    const alias = ts.factory.createTypeAliasDeclaration(undefined, node.name, node.typeParameters, expanded);
    return printed(alias, node.getSourceFile());
  }

  private note(node: ts.Node): void {
    if (isPrivate(node)) return;
    if (ts.isIdentifier(node)) {
      // What the checker has written itself stands in no file, and carries its symbol along.
      const symbol = this.checker.getSymbolAtLocation(node) ?? (node as { symbol?: ts.Symbol }).symbol;
      const target = symbol && this.aliased(symbol);
      if (target?.declarations?.some((one) => this.isOurs(one) && isTopLevel(one))) this.waiting.add(target);
    }
    node.forEachChild((child) => this.note(child));
  }
}

function shortened({ name, flags }: ts.Symbol, text: string): string {
  const isLong = text.split('\n').length > LONGEST_CONSTANT_LINES;
  if (!(flags & ts.SymbolFlags.Variable) || !isLong) return text;
  return `// const ${name}, of more than ${LONGEST_CONSTANT_LINES} lines`;
}

function isComputed(type: ts.TypeNode): boolean {
  return ts.isTypeReferenceNode(type) && /^z\.(input|output|infer)$/.test(type.typeName.getText());
}

function isTopLevel(node: ts.Node): boolean {
  const statement = ts.isVariableDeclaration(node) ? node.parent.parent : node;
  return ts.isSourceFile(statement.parent);
}

function isPrivate(node: ts.Node): boolean {
  if (ts.isPropertyDeclaration(node) && ts.isPrivateIdentifier(node.name)) return true;
  if (ts.isConstructorDeclaration(node) || !ts.isClassElement(node)) return false;
  return (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Private) !== 0;
}

/** The compiler writes the members of a union in the order in which it met them, which differs from build to build. */
function inOneOrder({ types }: ts.UnionTypeNode, source: ts.SourceFile): ts.UnionTypeNode {
  const textOf = (node: ts.TypeNode) => printer.printNode(ts.EmitHint.Unspecified, node, source);
  const sorted = types.toSorted((one, other) => compare(textOf(one), textOf(other)));
  return ts.factory.createUnionTypeNode(sorted);
}

/** Without what is private, and with every union in one order. */
function tidied<N extends ts.Node>(node: N, source: ts.SourceFile): N {
  const { transformed } = ts.transform<ts.Node>(node, [
    (context) => (root) => {
      const visit = (child: ts.Node): ts.Node | undefined => {
        if (isPrivate(child)) return undefined;
        const visited = ts.visitEachChild(child, visit, context);
        return ts.isUnionTypeNode(visited) ? inOneOrder(visited, source) : visited;
      };
      return visit(root) ?? root;
    },
  ]);
  return transformed[0] as N;
}

function printed(node: ts.Node, source: ts.SourceFile): string {
  const text = printer.printNode(ts.EmitHint.Unspecified, tidied(node, source), source);
  return text.replace(/^export /, '').replace(/\bdeclare /, '');
}

/** Not by a locale, which differs between machines. */
function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
