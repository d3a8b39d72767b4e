import './main.css';
import { installAddressMenu } from '../shared/address-menu';
import { installAsk } from '../shared/ask';
import { connect } from '../shared/host';
import { installShell } from '../shared/shell';
import { FaultsView } from './view';

const host = connect();
const view = new FaultsView(host);
installAddressMenu(host);
installAsk(host);
installShell(
  host,
  view.element,
  'Faults lists every fault of every VM: what was denied, whose frame it was, and how it ended.',
  () => view.forget(),
);
view.attach();
host.post({ type: 'ready' });
