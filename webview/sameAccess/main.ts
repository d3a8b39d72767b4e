import './main.css';
import { installAddressMenu } from '../shared/address-menu';
import { connect } from '../shared/host';
import { installShell } from '../shared/shell';
import { SameAccessView } from './view';

const host = connect();
const view = new SameAccessView(host);
installAddressMenu(host);
installShell(
  host,
  view.element,
  'Shows the walk of one access under each scheme, side by side, reference by reference.',
  () => view.forget(),
);
view.attach();
host.post({ type: 'ready' });
