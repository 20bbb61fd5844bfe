import { openLogBook } from './log-book.ts';

export default openLogBook;
