# make demo: hear bundled speech.   make run: hear the microphone.   make test: the tests.
# make shell: a shell with the nodes on the path.   make monitor, make behavior: these nodes.
# make record BAG=FOLDER: record sound and emotions.
# make doctor: say what is missing.  make bench: most benchmarks, to benchmarks/RESULTS.md.
#
# DISTRO   ROS 2 to use where none is sourced: jazzy or kilted
# PYTHON   Python to use, 3.10 to 3.13
# DEVICE   microphone of `make run`: its number or a part of its name
# BAG      folder that `make record` makes

DISTRO ?= jazzy
PYTHON ?= python3
DEVICE ?=
BAG ?= talk

# A sourced ROS 2 and the wheels never share an environment.
NAME := $(if $(ROS_DISTRO),sourced-$(ROS_DISTRO),$(DISTRO))
VENV := $(if $(filter jazzy,$(NAME)),.venv,.venv-$(NAME))
WORKSPACE := .ros/$(NAME)
NODES := $(WORKSPACE)/install/emotion_ros/lib/emotion_ros
IN_ROS := scripts/in_ros.sh $(VENV) $(WORKSPACE)/install
SOURCES := $(shell find CMakeLists.txt package.xml setup.cfg msg srv launch config models emotion_ros \
	resource/sounds scripts/entry_points.py -not -name '*.pyc' -not -name __pycache__)

# What is heard stays on this machine unless the user says otherwise.
ifeq ($(ROS_DISTRO),humble)
export ROS_LOCALHOST_ONLY ?= 1
else
export ROS_AUTOMATIC_DISCOVERY_RANGE ?= LOCALHOST
endif

.PHONY: demo run shell monitor behavior record doctor test bench build clean
.DELETE_ON_ERROR:

# A virtual environment and a build hold absolute paths and serve one Python: where the checkout was
# moved, or that Python is gone, they are made anew.
PLACE = $(CURDIR) $(realpath $(VENV)/bin/python)
ifneq ($(file <$(VENV)/.ready),$(PLACE))
.PHONY: $(VENV)/.ready
endif

demo: build
	@$(IN_ROS) python scripts/demo.py --emodb resource/speech

run: build
	@DEVICE='$(subst ','\'',$(DEVICE))' && exec $(IN_ROS) python scripts/demo.py --device "$$DEVICE"

shell: build
	@echo "The nodes are on the path: emotion_pipeline, emotion_monitor, behavior, ... Leave with exit."
	@exec $(IN_ROS) sh -c 'PATH="$(CURDIR)/$(NODES):$$PATH" exec $${SHELL:-bash}'

monitor: build $(VENV)/.tools
	@exec $(IN_ROS) $(NODES)/emotion_monitor

behavior: build
	@exec $(IN_ROS) $(NODES)/behavior

record: build $(VENV)/.tools
	@BAG='$(subst ','\'',$(BAG))' && exec $(IN_ROS) python scripts/record.py "$$BAG"

doctor: build
	@$(IN_ROS) emotion-ros doctor

test: build $(VENV)/.tested $(if $(filter test/%,$(PYTEST_ARGS)),,$(WORKSPACE)/.interfaces)
	@$(IN_ROS) pytest -n 2 --dist loadgroup $(PYTEST_ARGS)
ifeq ($(PYTEST_ARGS),)
	@! $(IN_ROS) python -c 'import launch_testing, launch_ros' 2>/dev/null || $(IN_ROS) pytest test/with_launch
endif

bench: build $(VENV)/.compared
	@$(IN_ROS) python benchmarks/all.py

build: $(WORKSPACE)/.built

$(WORKSPACE)/.built: $(VENV)/.ready $(SOURCES)
	@mkdir -p $(WORKSPACE) && rm -rf $(WORKSPACE)/install
	@echo "Building emotion_ros ..."
	@$(IN_ROS) colcon --log-base $(WORKSPACE)/log build --symlink-install --base-paths . \
		--build-base $(WORKSPACE)/build --install-base $(WORKSPACE)/install \
		--event-handlers console_cohesion- >$(WORKSPACE)/build.log 2>&1 \
		|| { grep -iE 'error' $(WORKSPACE)/build.log | head -20; \
		     echo "emotion_ros: the build failed, see $(WORKSPACE)/build.log" >&2; exit 1; }
	@touch $@

$(WORKSPACE)/.interfaces: $(shell find test/interfaces -type f) | $(WORKSPACE)/.built $(VENV)/.tested
	@echo "Building messages of other packages for the tests ..."
	@$(IN_ROS) python test/interface_packages.py
	@touch $@

$(VENV)/.ready: requirements.txt requirements-ros.txt scripts/environment.sh scripts/install.sh \
		scripts/mend_wheels.py
	@rm -rf $(WORKSPACE)
	@scripts/environment.sh $(VENV) $(DISTRO) $(PYTHON)
	@echo "$(CURDIR) $$(realpath $(VENV)/bin/python)" >$@

$(VENV)/.tested: $(VENV)/.ready requirements-test.txt requirements-tools.txt requirements-train.txt \
		requirements-encoder.txt
	@echo "Installing what the tests need ..."
	@scripts/install.sh $(VENV) -r requirements-test.txt
	@scripts/install.sh $(VENV) --no-deps -r requirements-encoder.txt
	@touch $@

$(VENV)/.tools: $(VENV)/.ready requirements-tools.txt
	@scripts/install.sh $(VENV) -r requirements-tools.txt
	@touch $@

$(VENV)/.compared: $(VENV)/.tested benchmarks/requirements-peers.txt
	@echo "Installing what is compared with ..."
	@scripts/install.sh $(VENV) -r benchmarks/requirements-peers.txt
	@touch $@

clean:
	rm -rf .venv .venv-* .ros
