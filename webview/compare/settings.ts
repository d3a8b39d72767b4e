import {
  COLUMN_CHOICES,
  PROFILE_CHOICES,
  SWEEP_CHOICES,
  type CompareSettings,
} from '../../extension/protocol/compare-view';
import { dropdown, textField, type Dropdown, type TextField } from '../shared/controls';
import { h, setAttributes } from '../shared/dom';

const SCENARIO = '';
const OTHER = 'other';
const NONE = '';

/** What is compared: columns, cost profile, sweep. Says at each change what is chosen now. */
export class SettingsForm {
  readonly element: HTMLElement;
  private readonly chips: HTMLElement[];
  private readonly more: TextField;
  private readonly profile: Dropdown<string>;
  private readonly profilePath: TextField;
  private readonly sweep: Dropdown<string>;
  private readonly values: TextField;
  private chosen = new Set<string>();

  constructor(private readonly onChange: () => void) {
    this.chips = COLUMN_CHOICES.map((column) => {
      const chip = h('button', { type: 'button', class: 'legend-item chip', 'data-column': column }, column);
      chip.addEventListener('click', () => {
        if (!this.chosen.delete(column)) this.chosen.add(column);
        this.markChips();
        this.onChange();
      });
      return chip;
    });
    this.more = textField(
      'More columns: a scheme with what is not as usual, like nested:huge',
      'more, like nested:huge',
      onChange,
      'more',
    );
    this.profile = dropdown(
      'Cost profile',
      (value) => {
        this.profilePath.element.hidden = value !== OTHER;
        if (value === OTHER) this.profilePath.focus();
        this.profileValue = value;
        onChange();
      },
      'profile',
    );
    this.profilePath = textField('Path of a cost profile', 'path of a profile', onChange, 'profile-path');
    this.sweep = dropdown(
      'Parameter to sweep',
      (parameter) => {
        this.sweepValue = parameter;
        this.values.set(SWEEP_CHOICES.find((choice) => choice.parameter === parameter)?.values.join(' ') ?? '');
        this.values.element.hidden = parameter === NONE;
        onChange();
      },
      'sweep',
    );
    this.values = textField('Values of the parameter, blank-separated', 'values', onChange, 'values');
    this.element = h(
      'div',
      { class: 'toolbar settings', role: 'group', 'aria-label': 'What is compared' },
      h('span', { class: 'field-name' }, 'columns'),
      h('span', { class: 'legend', role: 'group', 'aria-label': 'Columns' }, ...this.chips),
      this.more.element,
      h(
        'span',
        { class: 'field' },
        h('span', { class: 'field-name' }, 'profile'),
        this.profile.element,
        this.profilePath.element,
      ),
      h(
        'span',
        { class: 'field' },
        h('span', { class: 'field-name' }, 'sweep'),
        this.sweep.element,
        this.values.element,
      ),
    );
    for (const control of [this.more, this.profilePath, this.values]) control.element.classList.add('short');
  }

  private profileValue = SCENARIO;
  private sweepValue = NONE;

  get value(): CompareSettings {
    const more = words(this.more.value);
    const columns = [...COLUMN_CHOICES.filter((column) => this.chosen.has(column)), ...more];
    const path = this.profilePath.value.trim();
    const values = words(this.values.value);
    return {
      columns: [...new Set(columns)],
      profile: this.profileValue === SCENARIO ? null : this.profileValue === OTHER ? path || null : this.profileValue,
      sweep: this.sweepValue === NONE || values.length === 0 ? null : { parameter: this.sweepValue, values },
    };
  }

  set(settings: CompareSettings): void {
    const offered: readonly string[] = COLUMN_CHOICES;
    this.chosen = new Set(settings.columns.filter((column) => offered.includes(column)));
    this.more.set(settings.columns.filter((column) => !offered.includes(column)).join(' '));
    this.markChips();
    const { profile, sweep } = settings;
    this.profileValue = profile === null ? SCENARIO : PROFILE_CHOICES.includes(profile) ? profile : OTHER;
    this.profile.setChoices(
      [
        { value: SCENARIO, label: 'as the scenario says' },
        ...PROFILE_CHOICES.map((name) => ({ value: name, label: name })),
        { value: OTHER, label: 'from a file…' },
      ],
      this.profileValue,
    );
    this.profilePath.set(this.profileValue === OTHER ? (profile ?? '') : '');
    this.profilePath.element.hidden = this.profileValue !== OTHER;
    this.sweepValue = sweep?.parameter ?? NONE;
    this.sweep.setChoices(
      [
        { value: NONE, label: 'nothing' },
        ...SWEEP_CHOICES.map(({ parameter, label }) => ({ value: parameter, label })),
        ...(sweep === null || SWEEP_CHOICES.some(({ parameter }) => parameter === sweep.parameter)
          ? []
          : [{ value: sweep.parameter, label: sweep.parameter }]),
      ],
      this.sweepValue,
    );
    this.values.set(sweep?.values.join(' ') ?? '');
    this.values.element.hidden = sweep === null;
  }

  private markChips(): void {
    for (const chip of this.chips)
      setAttributes(chip, { 'aria-pressed': String(this.chosen.has(chip.dataset.column!)) });
  }
}

const words = (text: string): string[] => text.split(/[\s,]+/).filter((word) => word !== '');
