/** Two writers on one set of database files would destroy them, so the second one is refused by name. */
export class DataFolderInUse extends Error {
  override readonly name = 'DataFolderInUse';
  readonly code = 'DATA_FOLDER_IN_USE';

  constructor(readonly folder: string) {
    super(`The data folder ${folder} is in use by another instance of the embedded database`);
  }
}
