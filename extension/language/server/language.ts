/** The one way from the language server into the simulator. */

export * from '../../../simulator/index';
