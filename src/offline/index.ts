/** The model that is always there: rules behind the OpenAI protocol, for when there is no API key. */
export { offlineModelId } from './protocol.ts';
export { startOfflineModel, type OfflineModel } from './server.ts';
