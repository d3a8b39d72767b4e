import './main.css';
import { installAddressMenu } from '../shared/address-menu';
import { installEntryMenu } from '../shared/entry-menu';
import { connect } from '../shared/host';
import { installShell } from '../shared/shell';
import { TranslationsView } from './view';

const host = connect();
const view = new TranslationsView(host);
installAddressMenu(host);
installEntryMenu(host);
installShell(
  host,
  view.element,
  'Translations shows the page tables of a guest: where each guest-virtual address goes, with what rights, and whose frame that is.',
  () => view.forget(),
);
view.attach();
host.post({ type: 'ready' });
