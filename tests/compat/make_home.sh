#!/bin/bash
# Makes home-0.9.tar.gz with Guild AI 0.9: make_home.sh FOLDER, its virtual environment.
# It writes to /project, /guild-home and /home/user, which must not exist.
set -e
here=$(cd "$(dirname "$0")" && pwd)
oracle=$(cd "$1" && pwd)
[ ! -e /project ] && [ ! -e /guild-home ] && [ ! -e /home/user ]
mkdir -p /guild-home /home/user
cp -r "$here/project" /project
cd /project

g() {
  env -i HOME=/home/user USER=someone LANG=C.UTF-8 PATH="$oracle/bin:/usr/bin:/bin" \
    GUILD_HOME=/guild-home NO_IMPORT_FLAGS_PROGRESS=1 EDITOR=true PAGER=cat COLUMNS=100 TZ=UTC \
    timeout "${T:-60}" "$oracle/bin/guild" "$@" </dev/null || true
}

g run train.py -y
g run args.py lr=0.5 fast=yes act=tanh -y --label 'args ${lr}' --comment 'first try'
g run cli.py width=5 loud=yes -y
g run fail.py code=2 -y
g run train -y
g run train lr=0.2 epochs=3 -y --tag best --tag v1
g mark -y 1
g run net:train lr=0.5 -y
g run net:shell size=7 -y
g run prepare -y
g run use -y
g run read -y
g run train verbose=yes optimizer=adam 'layers=8 4' --stage -y
g run args.py --stage -y
g run train 'lr=[0.1,0.3]' -y
g run train 'lr=[0.1,0.3]' epochs=1 -y --keep-batch
g run train @sweep.csv -y --keep-batch
g run args.py 'lr=uniform[0.1:0.9]' -m 3 --random-seed 7 -y --keep-batch
g run args.py 'lr=[0.1:0.9]' -o random -m 2 --random-seed 7 -y
g run train 'lr=[0.1,0.3]' epochs=4 --stage -y
g run steps -y
g run steps-fail -y
g run fail 'code=[0,2]' -y --keep-batch
T=8 g run sleep -y
T=60 g run sleep seconds=50 -y &
sleep 7
g stop -y
wait
g run train lr=0.9 -y
g run fail.py code=0 -y
g label -y --set 'the use' -Fo use
g tag -y --add data --sync-labels -Fo prepare
g comment -y -a 'second thought' -Fo net:shell
g runs rm -y 1 2

# What is of the machine alone goes.
cd /guild-home
rm -rf cache locks
find . -path '*/attrs/pip_freeze' | while read -r file; do printf -- '- click==8.1.7\n' >"$file"; done
find . -path '*/attrs/platform' -exec sed -i '/^uname/d; /^processor/d; s/\(python_version: [0-9.]*\).*/\1/' {} +
find . -path '*/attrs/host' -exec sh -c 'printf "box\n" >"$1"' sh {} \;
find . -type f -path '*/.guild/*' ! -name 'output*' ! -name '*tfevents*' \
  -exec sed -i "s|$oracle|/opt/guild-0.9|g; s/host: $(hostname)\$/host: box/" {} +
# No process has this id: the run that was killed is not taken for a running one.
find . -name LOCK -exec sh -c 'echo 4194305 >"$1"' sh {} \;
find . -name '*.tfevents.*' | while read -r file; do mv "$file" "${file//.$(hostname)./.box.}"; done
tar --sort=name --owner=0 --group=0 --numeric-owner -czf "$here/home-0.9.tar.gz" .
