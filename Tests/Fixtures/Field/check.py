#!/usr/bin/env python3
"""Runs every line of the manifest and holds its outcome against outcomes.txt: check.py INPUTS DEMO PROGRAM.

Every paragraph has a run store of its own. Prints one line for each, and what was expected and what came where that is wrong. Ends with 1 where any is.
"""
import os, re, shutil, subprocess, sys, tempfile

here = os.path.dirname(os.path.abspath(__file__))


class Step:
    def __init__(self, command):
        self.command, self.code, self.has, self.lacks = command, 0, [], []

    def wrong(self, code, output):
        """What of the outcome is wrong, one sentence each."""
        found = [] if code == self.code else [f'exit code {code} instead of {self.code}']
        found += [f'its output lacks: {p}' for p in self.has if not re.search(p, output)]
        return found + [f'its output must not hold: {p}' for p in self.lacks if re.search(p, output)]


class Outcome:
    def __init__(self, number, file):
        self.number, self.file, self.steps, self.store, self.needs = number, file, [], None, []


def outcomes(path):
    found = []
    for at, line in enumerate(open(path, encoding='utf-8'), 1):
        line = line.rstrip('\n')
        word, _, rest = line.partition(' ')
        if not line or word == '#': continue
        if word.isdigit(): found.append(Outcome(word, rest))
        elif word == 'store': found[-1].store = rest
        elif word == 'needs': found[-1].needs.append(rest)
        elif word == '$': found[-1].steps.append(Step(rest))
        elif word == '=': found[-1].steps[-1].code = int(rest)
        elif word == '+': found[-1].steps[-1].has.append(rest)
        elif word == '-': found[-1].steps[-1].lacks.append(rest)
        else: sys.exit(f'{path}:{at}: begins with none of its signs: {line}')
    return found


def absence(need):
    """Why a line that needs this is left out; None where it is there."""
    if need == 'faces':
        weights = os.environ.get('EMOLAB_MTCNN', '')
        return None if os.path.isfile(weights) else "the face detector's weights are missing (scripts/fetch-mtcnn EMOLAB, or emolab weights import-mtcnn)"
    return None if shutil.which(need) else f'{need} is missing (apt-get install {need})'


def environment(home, tools):
    """The variables of a store of its own below `home`; the program's own are left out, except where the face detector is."""
    kept = {k: v for k, v in os.environ.items() if k == 'EMOLAB_MTCNN' or not k.startswith(('EMOLAB_', 'XDG_', 'LC_')) and k not in ('LANG', 'LANGUAGE', 'TMUX')}
    places = {f'XDG_{p}_HOME': os.path.join(home, p.lower()) for p in ('DATA', 'CACHE', 'CONFIG', 'STATE')}
    return {**kept, **places, 'HOME': home, 'LANG': 'C.UTF-8', 'PYTHONIOENCODING': 'utf-8', 'PATH': tools + ':' + os.environ['PATH']}


def bash(command, cwd, env):
    try: done = subprocess.run(['bash', '-ec', command], cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)
    except subprocess.TimeoutExpired: return 'none after 300 s', ''
    return done.returncode, done.stdout.decode(errors='replace')


def main(inputs, demo, program):
    inputs, demo, program = map(os.path.abspath, (inputs, demo, program))
    rows = [line.rstrip('\n').split('\t') for line in open(os.path.join(inputs, 'manifest.tsv'), encoding='utf-8')][1:]
    table = outcomes(os.path.join(here, 'outcomes.txt'))
    if [(o.number, o.file) for o in table] != [(r[0], r[1]) for r in rows]:
        missing = [r[:2] for r in rows if (r[0], r[1]) not in {(o.number, o.file) for o in table}]
        sys.exit(f'outcomes.txt and the manifest do not have the same lines in the same order; it lacks {missing or "none"}')
    wrong, left = 0, []
    with tempfile.TemporaryDirectory(prefix='emolab-field-') as work:
        tools = os.path.join(work, 'bin')
        os.mkdir(tools)
        os.symlink(program, os.path.join(tools, 'emolab'))
        os.symlink(os.path.join(here, 'values'), os.path.join(tools, 'values'))
        trained = os.path.join(work, 'trained')
        os.mkdir(trained)
        code, output = bash(f'for c in studio crowd; do emolab corpora add "{demo}/$c" --name $c; done; emolab train demo --set training.epochs=1', inputs, environment(trained, tools))
        if code: sys.exit(f'no run could be trained on the demo corpora:\n{output}')
        for at, (outcome, row) in enumerate(zip(table, rows)):
            name = f'{outcome.number:>2} {outcome.file}'
            reason = next(filter(None, map(absence, outcome.needs)), None)
            if reason:
                left.append(f'{name}: {reason}')
                continue
            home = os.path.join(work, str(at))
            if outcome.store: shutil.copytree(trained, home)
            else: os.mkdir(home)
            env = environment(home, tools)
            env['o'] = os.path.join(home, 'out')
            os.mkdir(env['o'])
            failures = []
            for step in outcome.steps:
                code, output = bash(step.command, inputs, env)
                faults = step.wrong(code, output)
                if faults: failures.append((step.command, faults, output))
            shutil.rmtree(home)
            print(f'{"WRONG" if failures else "ok   "} {name}: {row[3]}', flush=True)
            wrong += bool(failures)
            for command, faults, output in failures:
                print(f'      $ {command}')
                for fault in faults: print(f'      {fault}')
                print('\n'.join('      | ' + line for line in output.rstrip('\n').split('\n')[-25:]), flush=True)
    for line in left: print(f'left out: {line}')
    print(f'{len(rows)} lines: {len(rows) - wrong - len(left)} right, {wrong} wrong, {len(left)} left out')
    return 1 if wrong else 0


if __name__ == '__main__':
    if len(sys.argv) != 4: sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
