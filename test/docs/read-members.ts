import { readFileSync } from 'node:fs';
import ts from 'typescript';

/** A member of an options object as its source has it. */
export interface Member {
  readonly name: string;
  /** The comment above it, in one line; empty when there is none. */
  readonly meaning: string;
  /** Source text of its schema, or of its type. */
  readonly source: string;
  readonly isOptional: boolean;
}

type Owner = ts.ObjectLiteralExpression | ts.InterfaceDeclaration | ts.TypeLiteralNode;
type Part = ts.PropertyAssignment | ts.PropertySignature;

/**
 * Members of the object that a schema is made of (the first object literal of its initialiser), or of an interface; a dot
 * leads into a member's own object type. Throws where the file has nothing of that name.
 */
export function readMembers(path: string, name: string): Member[] {
  const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2023, true);
  const [first = '', ...inner] = name.split('.');
  let owner = findOwner(file, first);
  for (const member of inner) owner = owner && findTypeOf(owner, member);
  if (!owner) throw new Error(`${path} has no ${name}`);
  return partsOf(owner).map((part) => ({
    name: part.name.getText(),
    meaning: meaningOf(part),
    source: (ts.isPropertyAssignment(part) ? part.initializer : part.type)?.getText() ?? '',
    isOptional: ts.isPropertySignature(part) && part.questionToken !== undefined,
  }));
}

function findOwner(file: ts.SourceFile, name: string): Owner | undefined {
  for (const statement of file.statements) {
    if (ts.isInterfaceDeclaration(statement) && statement.name.text === name) return statement;
    if (!ts.isVariableStatement(statement)) continue;
    const declaration = statement.declarationList.declarations.find((one) => one.name.getText() === name);
    if (declaration?.initializer) return firstObject(declaration.initializer);
  }
  return undefined;
}

function firstObject(node: ts.Node): ts.ObjectLiteralExpression | undefined {
  if (ts.isObjectLiteralExpression(node)) return node;
  return ts.forEachChild(node, firstObject);
}

function findTypeOf(owner: Owner, name: string): ts.TypeLiteralNode | undefined {
  const part = partsOf(owner).find((one) => one.name.getText() === name);
  return part && ts.isPropertySignature(part) && part.type && ts.isTypeLiteralNode(part.type)
    ? part.type
    : undefined;
}

function partsOf(owner: Owner): Part[] {
  const parts: readonly ts.Node[] = 'properties' in owner ? owner.properties : owner.members;
  return parts.filter((part) => ts.isPropertyAssignment(part) || ts.isPropertySignature(part));
}

function meaningOf(part: Part): string {
  const comments = ts.getJSDocCommentsAndTags(part).map((doc) => ts.getTextOfJSDocComment(doc.comment) ?? '');
  return comments.join(' ').replaceAll(/\s+/g, ' ').trim();
}
