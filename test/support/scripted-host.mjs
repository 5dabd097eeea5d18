/** An engine host that recognises nothing: a decode says, in order, for which languages it was made ready; STUCK never loads. */
const loaded = [];
const say = (message) => process.send(message);

process.once('disconnect', () => process.exit(0));
process.on('message', ({ type, id, key }) => {
  if (type === 'ping') say({ type: 'pong' });
  if (type === 'start')
    say({
      type: 'ready',
      description: { name: 'scripted', model: '', languages: [], tasks: [], detectsLanguage: false },
    });
  if (type === 'prepare' && key.language !== process.env.STUCK) {
    loaded.push(key.language);
    say({ type: 'done', id });
  }
  if (type === 'decode') say({ type: 'done', id, result: { text: loaded.join(' '), language: 'en' } });
});
