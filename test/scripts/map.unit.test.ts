import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { draw } from './map.ts';

const arrows = (...lines: string[]) =>
  lines.map((line) => {
    const [from = '', to = ''] = line.split(' -> ');
    return { from, to };
  });

describe('the map', () => {
  it('draws what most rooms share as one arrow from their frame', () => {
    const map = draw(
      arrows('src/log -> src/ports.ts', 'src/llm -> src/ports.ts', 'src/web -> src/ports.ts'),
    );
    assert.equal(map.match(/-->/g)?.length, 1);
    assert.match(map, /^ {2}rooms --> src_ports_ts$/m);
  });

  it('draws what few rooms use from each of them', () => {
    const map = draw(arrows('src/views -> projections', 'src/log -> events', 'src/llm -> events'));
    assert.match(map, /^ {2}src_views --> projections$/m);
    assert.match(map, /^ {2}rooms --> events$/m);
  });

  it('draws who looks at most rooms as one arrow to their frame', () => {
    const map = draw(
      arrows(
        'src/node.ts -> src/log',
        'src/node.ts -> src/llm',
        'src/models.ts -> src/llm',
        'src/web -> events',
      ),
    );
    assert.match(map, /^ {2}src_node_ts --> rooms$/m);
    assert.match(map, /^ {2}src_models_ts --> src_llm$/m);
  });

  it('leaves out what a longer way already says, unless that way only names it', () => {
    const map = draw(
      arrows(
        'src/cli -> src/node.ts',
        'src/node.ts -> src/log',
        'src/node.ts -> events',
        'src/cli -> src/log',
        'src/log -> src/ports.ts',
        'src/log -> actors',
        'src/ports.ts -> actors',
        'actors -> events',
      ),
    );
    assert.doesNotMatch(map, /src_cli --> rooms|src_node_ts --> events/);
    assert.match(map, /^ {2}rooms --> actors$/m);
  });

  it('ends where places look at each other', () => {
    const map = draw(arrows('src/ports.ts -> src/shared', 'src/shared -> src/ports.ts'));
    assert.equal(map.match(/-->/g)?.length, 2);
  });

  it('does not depend on the order in which imports are found', () => {
    const lines = ['src/log -> events', 'actors -> events', 'src/cli -> src/node.ts'];
    assert.equal(draw(arrows(...lines)), draw(arrows(...lines.toReversed())));
  });
});
