/** The part of a matrix that is seen, and the cursor: how they move, and how near one comes. */

/** @typedef {{row: number, column: number}} Place of a cell */

export class Seen {
  row = 0;
  column = 0;
  /** @type {Place} */
  cursor = { row: 0, column: 0 };

  /** All of it. @param {{rows: number, columns: number}} matrix */
  constructor({ rows, columns }) {
    Object.assign(this, { rows, columns, all: { rows, columns } });
  }

  /** Whether nothing lies outside. */
  get whole() {
    return this.rows >= this.all.rows && this.columns >= this.all.columns;
  }

  /** Whether it is no larger than this. */
  within({ rows, columns }) {
    return this.rows <= rows && this.columns <= columns;
  }

  /**
   * Fewer or more cells around the cursor; 0: all of them.
   * @param {number} factor
   * @param {{rows: number, columns: number}} least
   */
  zoom(factor, least) {
    for (const size of ["rows", "columns"]) {
      const wanted = factor === 0 ? Infinity : Math.round(this[size] / factor);
      this[size] = Math.min(this.all[size], Math.max(least[size], wanted));
    }
    const { row, column } = this.cursor;
    this.begin(row - (this.rows >> 1), column - (this.columns >> 1));
  }

  /** Lets it begin at a cell, as far as it stays inside of the matrix. */
  begin(row, column) {
    this.row = between(0, Math.round(row), this.all.rows - this.rows);
    this.column = between(0, Math.round(column), this.all.columns - this.columns);
  }

  /** The cell of the matrix that is nearest to a place. @returns {Place} */
  nearest({ row, column }) {
    return {
      row: between(0, row, this.all.rows - 1),
      column: between(0, column, this.all.columns - 1),
    };
  }

  /** The cell at shares of its width and its height. @returns {Place} */
  at(x, y) {
    const row = this.row + Math.floor(y * this.rows);
    const column = this.column + Math.floor(x * this.columns);
    return {
      row: between(this.row, row, this.row + this.rows - 1),
      column: between(this.column, column, this.column + this.columns - 1),
    };
  }

  /** Puts the cursor on a place and brings it into sight; true where the seen part moved for it. */
  reveal({ row, column }) {
    this.cursor = { row, column };
    const before = [this.row, this.column];
    this.row = between(row - this.rows + 1, this.row, row);
    this.column = between(column - this.columns + 1, this.column, column);
    return this.row !== before[0] || this.column !== before[1];
  }

  /** The cells at its corners. @returns {Place[]} */
  get corners() {
    const [below, right] = [this.row + this.rows - 1, this.column + this.columns - 1];
    return [this.row, below].flatMap((row) =>
      [this.column, right].map((column) => ({ row, column })),
    );
  }
}

function between(least, value, most) {
  return Math.max(least, Math.min(most, value));
}
