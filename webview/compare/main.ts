import './main.css';
import { connect } from './host';
import { CompareView } from './view';

const host = connect();
const view = new CompareView(host);
document.body.classList.add('view');
document.body.append(view.element);
host.onMessage((message) => view.receive(message));
host.post({ type: 'ready' });
