import type { FrameCell, Owner } from '../../extension/protocol/messages';
import { ownerLooks } from '../shared/owners';
import type { Palette } from './palette';

/** What one cell is drawn as. */
export interface PaintedCell {
  readonly cell: FrameCell | null;
  readonly owner: (asid: number) => Owner;
  /** The legend leaves this owner out. */
  readonly faded: (asid: number) => boolean;
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly size: number;
}

const STRUCTURES = new Set(['guest-table', 'tpt-table', 'nested-table', 'shadow-table', 'tag-table', 'map']);
/** ASID under which free frames are counted in shares. */
export const FREE = -1;

/** Draws a cell: fill = owner, corner = paging structure, hatched = free, dot = changed. */
export function paintCell(ctx: CanvasRenderingContext2D, palette: Palette, painted: PaintedCell, box: Box): void {
  const { cell } = painted;
  if (cell === null) {
    ctx.globalAlpha = 0.2;
    ctx.strokeStyle = palette.dim;
    ctx.strokeRect(box.x + 0.5, box.y + 0.5, box.size - 1, box.size - 1);
    ctx.globalAlpha = 1;
    return;
  }
  if (cell.shares !== undefined) paintShares(ctx, palette, painted, cell, box);
  else if (cell.use === 'free') paintFree(ctx, palette, box, painted.faded(FREE) ? 0.25 : 1);
  else paintOwned(ctx, palette, painted, cell, box);
  if (cell.changed > 0) paintDot(ctx, palette, box);
}

function paintOwned(
  ctx: CanvasRenderingContext2D,
  palette: Palette,
  painted: PaintedCell,
  cell: FrameCell,
  box: Box,
): void {
  const structure = STRUCTURES.has(cell.use);
  const faded = painted.faded(cell.asid) ? 0.12 : 1;
  const owner = painted.owner(cell.asid);
  ctx.globalAlpha = faded;
  if (palette.highContrast) {
    ctx.strokeStyle = palette.foreground;
    ctx.strokeRect(box.x + 0.5, box.y + 0.5, box.size - 1, box.size - 1);
    paintLetter(ctx, palette, ownerLooks.look(owner).letter, box);
  } else {
    // Data is calm; structures, which one looks for, stand out.
    ctx.globalAlpha = faded * (structure ? 0.85 : 0.45);
    ctx.fillStyle = palette.owner(owner);
    ctx.fillRect(box.x, box.y, box.size, box.size);
  }
  ctx.globalAlpha = faded;
  if (structure) paintCorner(ctx, palette, box);
  ctx.globalAlpha = 1;
}

function paintCorner(ctx: CanvasRenderingContext2D, palette: Palette, { x, y, size }: Box): void {
  const mark = Math.max(4, Math.round(size * 0.5));
  ctx.fillStyle = palette.foreground;
  ctx.beginPath();
  ctx.moveTo(x + size - mark, y);
  ctx.lineTo(x + size, y);
  ctx.lineTo(x + size, y + mark);
  ctx.fill();
}

function paintFree(ctx: CanvasRenderingContext2D, palette: Palette, { x, y, size }: Box, alpha: number): void {
  ctx.globalAlpha = alpha * 0.4;
  ctx.strokeStyle = palette.dim;
  ctx.beginPath();
  ctx.moveTo(x, y + size);
  ctx.lineTo(x + size, y);
  ctx.stroke();
  ctx.globalAlpha = 1;
}

/** A block: owners as parts of its width, largest first. */
function paintShares(
  ctx: CanvasRenderingContext2D,
  palette: Palette,
  painted: PaintedCell,
  cell: FrameCell,
  box: Box,
): void {
  const total = cell.shares!.reduce((sum, share) => sum + share.frames, 0) || 1;
  let x = box.x;
  for (const share of cell.shares!) {
    const width = (share.frames / total) * box.size;
    if (share.asid !== FREE) {
      ctx.globalAlpha = painted.faded(share.asid) ? 0.12 : 0.6;
      ctx.fillStyle = palette.highContrast ? palette.foreground : palette.owner(painted.owner(share.asid));
      if (!palette.highContrast) ctx.fillRect(x, box.y, width, box.size);
    }
    x += width;
  }
  ctx.globalAlpha = 0.35;
  ctx.strokeStyle = palette.highContrast ? palette.foreground : palette.dim;
  ctx.strokeRect(box.x + 0.5, box.y + 0.5, box.size - 1, box.size - 1);
  ctx.globalAlpha = 1;
  const free = cell.asid === FREE || cell.use === 'free';
  if (free && cell.shares!.length === 1) paintFree(ctx, palette, box, painted.faded(FREE) ? 0.25 : 1);
  else if (palette.highContrast && !free)
    paintLetter(ctx, palette, ownerLooks.look(painted.owner(cell.asid)).letter, box);
}

function paintLetter(ctx: CanvasRenderingContext2D, palette: Palette, letter: string, { x, y, size }: Box): void {
  ctx.fillStyle = palette.foreground;
  ctx.font = `${Math.max(7, Math.round(size * 0.72))}px ${palette.mono}`;
  ctx.textAlign = 'center';
  ctx.textBaseline = 'middle';
  ctx.fillText(letter, x + size / 2, y + size / 2 + 0.5);
}

function paintDot(ctx: CanvasRenderingContext2D, palette: Palette, { x, y, size }: Box): void {
  ctx.beginPath();
  ctx.arc(x + size / 2, y + size / 2, Math.max(2, size * 0.22), 0, Math.PI * 2);
  ctx.fillStyle = palette.changed;
  ctx.fill();
  ctx.strokeStyle = palette.foreground;
  ctx.stroke();
}
