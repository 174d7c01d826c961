import type { ComponentChildren, VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { Directory } from '../directory.ts';
import { type Fields, listOf, stringOf } from '../fields.ts';
import { renderRichText } from './rich-text.tsx';

interface TableProps {
  block: Fields;
  directory: Directory;
}

/** A `table` block: no caption, no pages, the first row as its head. */
export function Table({ block, directory }: TableProps): VNode {
  const [head = [], ...rows] = rowsOf(block);
  const settings = listOf(block.column_settings);
  const align = (column: number) => alignClass(settings[column]?.align);
  return (
    <div class="table-scroll">
      <table>
        <thead>
          <tr>
            {head.map((cell, column) => (
              <th class={align(column)}>{cellContent(cell, directory)}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr>
              {row.map((cell, column) => (
                <td class={align(column) ?? numberClass(cell)}>{cellContent(cell, directory)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A `data_table` block, with its caption and its pages. */
export function DataTable({ block, directory }: TableProps): VNode {
  const [page, setPage] = useState(0);
  const [head = [], ...rows] = rowsOf(block);
  const size = Number(block.page_size) || 5;
  const pages = Math.max(1, Math.ceil(rows.length / size));
  const rowHeader = block.row_header_column_index ?? 0;
  return (
    <div class="table-scroll">
      <table>
        <caption>{stringOf(block.caption)}</caption>
        <thead>
          <tr>
            {head.map((cell) => (
              <th scope="col">{cellContent(cell, directory)}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(page * size, (page + 1) * size).map((row) => (
            <tr>
              {row.map((cell, column) =>
                column === rowHeader ? (
                  <th scope="row">{cellContent(cell, directory)}</th>
                ) : (
                  <td class={numberClass(cell)}>{cellContent(cell, directory)}</td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
      {pages > 1 && (
        <div class="table-pages">
          <button type="button" class="button" disabled={page === 0} onClick={() => setPage(page - 1)}>
            Previous rows
          </button>
          <span>
            Page {page + 1} of {pages}
          </span>
          <button type="button" class="button" disabled={page + 1 >= pages} onClick={() => setPage(page + 1)}>
            Next rows
          </button>
        </div>
      )}
    </div>
  );
}

function rowsOf(block: Fields): Fields[][] {
  return Array.isArray(block.rows) ? block.rows.map(listOf) : [];
}

function cellContent(cell: Fields, directory: Directory): ComponentChildren {
  if (cell.type === 'rich_text') return renderRichText(cell, directory);
  return stringOf(cell.text) || stringOf(cell.value);
}

function alignClass(align: unknown): string | undefined {
  return align === 'center' || align === 'right' ? `align-${align}` : undefined;
}

function numberClass(cell: Fields): string | undefined {
  return cell.type === 'raw_number' ? 'align-right' : undefined;
}
