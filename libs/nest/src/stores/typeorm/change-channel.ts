/**
 * SQL for the channel on which nodes hear that changes were recorded. Of the schema, for channels are of the whole database;
 * hashed, for names of channels are short.
 */
export const CHANGE_CHANNEL = `'portcullis_changes_' || md5(current_schema())`;
