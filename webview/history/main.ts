import './main.css';
import { installAddressMenu } from '../shared/address-menu';
import { installAsk } from '../shared/ask';
import { connect } from '../shared/host';
import { installShell } from '../shared/shell';
import { HistoryView } from './view';

const host = connect();
const view = new HistoryView(host);
installAddressMenu(host);
installAsk(host);
installShell(
  host,
  view.element,
  'History shows who wrote an entry and when, how an address was translated, whose a frame was, and why a fault came about.',
  () => view.forget(),
);
view.attach();
host.post({ type: 'ready' });
