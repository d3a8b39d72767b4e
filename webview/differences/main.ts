import './main.css';
import { installAddressMenu } from '../shared/address-menu';
import { connect } from '../shared/host';
import { installShell } from '../shared/shell';
import { DifferencesView } from './view';

const host = connect();
const view = new DifferencesView(host);
installAddressMenu(host);
installShell(
  host,
  view.element,
  'Differences compares the mappings of two processes, or of one at two moments: what was added, removed or moved.',
  () => view.forget(),
);
view.attach();
host.post({ type: 'ready' });
